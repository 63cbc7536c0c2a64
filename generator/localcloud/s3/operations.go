package s3

import "sendform/generator/localcloud/api"

// operations is every call that the service has. The actions are those of
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html.
var operations = map[routeKey]operation{
	{"GET", ofService, "", false}: {name: "ListBuckets", action: "ListAllMyBuckets", handle: (*Service).listBuckets},

	{"PUT", ofBucket, "", false}:             {name: "CreateBucket", action: "CreateBucket", also: creationActions, read: readCreation, handle: (*Service).createBucket},
	{"HEAD", ofBucket, "", false}:            {name: "HeadBucket", action: "ListBucket", handle: (*Service).headBucket},
	{"DELETE", ofBucket, "", false}:          {name: "DeleteBucket", action: "DeleteBucket", handle: (*Service).deleteBucket},
	{"GET", ofBucket, "location", false}:     {name: "GetBucketLocation", action: "GetBucketLocation", handle: (*Service).getBucketLocation},
	{"GET", ofBucket, "", false}:             {name: "ListObjects", action: "ListBucket", handle: (*Service).listObjects},
	{"GET", ofBucket, "list-type", false}:    {name: "ListObjectsV2", action: "ListBucket", handle: (*Service).listObjectsV2},
	{"GET", ofBucket, "versions", false}:     {name: "ListObjectVersions", action: "ListBucketVersions", handle: (*Service).listObjectVersions},
	{"GET", ofBucket, "uploads", false}:      {name: "ListMultipartUploads", action: "ListBucketMultipartUploads", handle: (*Service).listMultipartUploads},
	{"POST", ofBucket, "delete", false}:      {name: "DeleteObjects", read: readBatch, handle: (*Service).deleteObjects},
	{"GET", ofBucket, "acl", false}:          {name: "GetBucketAcl", action: "GetBucketAcl", handle: (*Service).getBucketACL},
	{"PUT", ofBucket, "acl", false}:          {name: "PutBucketAcl", action: "PutBucketAcl", handle: (*Service).putBucketACL},
	{"GET", ofBucket, "policyStatus", false}: {name: "GetBucketPolicyStatus", action: "GetBucketPolicyStatus", handle: (*Service).getBucketPolicyStatus},
	{"GET", ofBucket, "policy", false}:       {name: "GetBucketPolicy", action: "GetBucketPolicy", handle: (*Service).getBucketPolicy},
	{"PUT", ofBucket, "policy", false}:       {name: "PutBucketPolicy", action: "PutBucketPolicy", handle: (*Service).putBucketPolicy},
	{"DELETE", ofBucket, "policy", false}:    {name: "DeleteBucketPolicy", action: "DeleteBucketPolicy", handle: (*Service).deleteBucketPolicy},
	{"GET", ofBucket, "accelerate", false}:   {name: "GetBucketAccelerateConfiguration", action: "GetAccelerateConfiguration", handle: getConstant("AccelerateConfiguration", struct{}{})},
	{"GET", ofBucket, "requestPayment", false}: {
		name: "GetBucketRequestPayment", action: "GetBucketRequestPayment",
		handle: getConstant("RequestPaymentConfiguration", struct{ Payer string }{"BucketOwner"}),
	},

	{"GET", ofBucket, "versioning", false}:           {name: "GetBucketVersioning", action: "GetBucketVersioning", handle: versioningDocument.get},
	{"PUT", ofBucket, "versioning", false}:           {name: "PutBucketVersioning", action: "PutBucketVersioning", handle: versioningDocument.put},
	{"GET", ofBucket, "encryption", false}:           {name: "GetBucketEncryption", action: "GetEncryptionConfiguration", handle: encryptionDocument.get},
	{"PUT", ofBucket, "encryption", false}:           {name: "PutBucketEncryption", action: "PutEncryptionConfiguration", handle: encryptionDocument.put},
	{"DELETE", ofBucket, "encryption", false}:        {name: "DeleteBucketEncryption", action: "PutEncryptionConfiguration", handle: (*Service).deleteBucketEncryption},
	{"GET", ofBucket, "publicAccessBlock", false}:    {name: "GetPublicAccessBlock", action: "GetBucketPublicAccessBlock", handle: publicAccessDocument.get},
	{"PUT", ofBucket, "publicAccessBlock", false}:    {name: "PutPublicAccessBlock", action: "PutBucketPublicAccessBlock", handle: publicAccessDocument.put},
	{"DELETE", ofBucket, "publicAccessBlock", false}: {name: "DeletePublicAccessBlock", action: "PutBucketPublicAccessBlock", handle: publicAccessDocument.remove},
	{"GET", ofBucket, "ownershipControls", false}:    {name: "GetBucketOwnershipControls", action: "GetBucketOwnershipControls", handle: ownershipDocument.get},
	{"PUT", ofBucket, "ownershipControls", false}:    {name: "PutBucketOwnershipControls", action: "PutBucketOwnershipControls", handle: ownershipDocument.put},
	{"DELETE", ofBucket, "ownershipControls", false}: {name: "DeleteBucketOwnershipControls", action: "PutBucketOwnershipControls", handle: ownershipDocument.remove},
	{"GET", ofBucket, "lifecycle", false}:            {name: "GetBucketLifecycleConfiguration", action: "GetLifecycleConfiguration", handle: (*Service).getLifecycle},
	{"PUT", ofBucket, "lifecycle", false}:            {name: "PutBucketLifecycleConfiguration", action: "PutLifecycleConfiguration", handle: (*Service).putLifecycle},
	{"DELETE", ofBucket, "lifecycle", false}:         {name: "DeleteBucketLifecycle", action: "PutLifecycleConfiguration", handle: lifecycleDocument.remove},
	{"GET", ofBucket, "cors", false}:                 {name: "GetBucketCors", action: "GetBucketCORS", handle: corsDocument.get},
	{"PUT", ofBucket, "cors", false}:                 {name: "PutBucketCors", action: "PutBucketCORS", handle: corsDocument.put},
	{"DELETE", ofBucket, "cors", false}:              {name: "DeleteBucketCors", action: "PutBucketCORS", handle: corsDocument.remove},
	{"GET", ofBucket, "tagging", false}:              {name: "GetBucketTagging", action: "GetBucketTagging", handle: taggingDocument.get},
	{"PUT", ofBucket, "tagging", false}:              {name: "PutBucketTagging", action: "PutBucketTagging", handle: taggingDocument.put},
	{"DELETE", ofBucket, "tagging", false}:           {name: "DeleteBucketTagging", action: "PutBucketTagging", handle: taggingDocument.remove},
	{"GET", ofBucket, "logging", false}:              {name: "GetBucketLogging", action: "GetBucketLogging", handle: loggingDocument.get},
	{"PUT", ofBucket, "logging", false}:              {name: "PutBucketLogging", action: "PutBucketLogging", handle: (*Service).putBucketLogging},
	{"GET", ofBucket, "website", false}:              {name: "GetBucketWebsite", action: "GetBucketWebsite", handle: websiteDocument.get},
	{"PUT", ofBucket, "website", false}:              {name: "PutBucketWebsite", action: "PutBucketWebsite", handle: websiteDocument.put},
	{"DELETE", ofBucket, "website", false}:           {name: "DeleteBucketWebsite", action: "DeleteBucketWebsite", handle: websiteDocument.remove},
	{"GET", ofBucket, "replication", false}:          {name: "GetBucketReplication", action: "GetReplicationConfiguration", handle: replicationDocument.get},
	{"PUT", ofBucket, "replication", false}:          {name: "PutBucketReplication", action: "PutReplicationConfiguration", handle: replicationDocument.put},
	{"DELETE", ofBucket, "replication", false}:       {name: "DeleteBucketReplication", action: "PutReplicationConfiguration", handle: replicationDocument.remove},
	{"GET", ofBucket, "notification", false}:         {name: "GetBucketNotificationConfiguration", action: "GetBucketNotification", handle: notificationDocument.get},
	{"PUT", ofBucket, "notification", false}:         {name: "PutBucketNotificationConfiguration", action: "PutBucketNotification", handle: notificationDocument.put},
	{"GET", ofBucket, "object-lock", false}:          {name: "GetObjectLockConfiguration", action: "GetBucketObjectLockConfiguration", handle: objectLockDocument.get},
	{"PUT", ofBucket, "object-lock", false}:          {name: "PutObjectLockConfiguration", action: "PutBucketObjectLockConfiguration", handle: objectLockDocument.put},

	{"GET", ofObject, "", false}:           {name: "GetObject", action: "GetObject", versioned: "GetObjectVersion", handle: (*Service).getObject},
	{"HEAD", ofObject, "", false}:          {name: "HeadObject", action: "GetObject", versioned: "GetObjectVersion", handle: (*Service).getObject},
	{"PUT", ofObject, "", false}:           {name: "PutObject", action: "PutObject", also: writeActions, handle: (*Service).putObject},
	{"PUT", ofObject, "", true}:            {name: "CopyObject", action: "PutObject", also: writeActions, handle: (*Service).copyObject},
	{"DELETE", ofObject, "", false}:        {name: "DeleteObject", action: "DeleteObject", versioned: "DeleteObjectVersion", handle: (*Service).deleteObject},
	{"GET", ofObject, "tagging", false}:    {name: "GetObjectTagging", action: "GetObjectTagging", versioned: "GetObjectVersionTagging", handle: (*Service).getObjectTagging},
	{"PUT", ofObject, "tagging", false}:    {name: "PutObjectTagging", action: "PutObjectTagging", versioned: "PutObjectVersionTagging", handle: (*Service).putObjectTagging},
	{"DELETE", ofObject, "tagging", false}: {name: "DeleteObjectTagging", action: "DeleteObjectTagging", versioned: "DeleteObjectVersionTagging", handle: (*Service).deleteObjectTagging},
	{"GET", ofObject, "attributes", false}: {name: "GetObjectAttributes", action: "GetObject", versioned: "GetObjectVersion", also: attributeActions, handle: (*Service).getObjectAttributes},

	{"POST", ofObject, "uploads", false}:    {name: "CreateMultipartUpload", action: "PutObject", also: writeActions, handle: (*Service).createMultipartUpload},
	{"PUT", ofObject, "uploadId", false}:    {name: "UploadPart", action: "PutObject", handle: (*Service).uploadPart},
	{"PUT", ofObject, "uploadId", true}:     {name: "UploadPartCopy", action: "PutObject", handle: (*Service).uploadPartCopy},
	{"POST", ofObject, "uploadId", false}:   {name: "CompleteMultipartUpload", action: "PutObject", handle: (*Service).completeMultipartUpload},
	{"DELETE", ofObject, "uploadId", false}: {name: "AbortMultipartUpload", action: "AbortMultipartUpload", handle: (*Service).abortMultipartUpload},
	{"GET", ofObject, "uploadId", false}:    {name: "ListParts", action: "ListMultipartUploadParts", handle: (*Service).listParts},

	{"GET", ofControl, "", false}:    {name: "ListTagsForResource", action: "ListTagsForResource", handle: (*Service).listTagsForResource},
	{"POST", ofControl, "", false}:   {name: "TagResource", action: "TagResource", handle: (*Service).tagResource},
	{"DELETE", ofControl, "", false}: {name: "UntagResource", action: "UntagResource", handle: (*Service).untagResource},
}

// limits says what AWS's calls do and these do not.
var limits = map[string]string{
	"CopyObject":                         "no SSE-C, object locks, access points; ACLs private and bucket-owner-full-control",
	"CreateBucket":                       "general purpose buckets of the global namespace; ACL private",
	"CreateMultipartUpload":              "no SSE-C, object locks; ACLs private and bucket-owner-full-control",
	"DeleteObjects":                      "ETag is the only condition",
	"GetBucketAccelerateConfiguration":   "always none",
	"GetBucketRequestPayment":            "always BucketOwner",
	"GetObject":                          "no SSE-C",
	"PutBucketAcl":                       "canned lists only; kept and shown, nobody is let in by them",
	"PutBucketLifecycleConfiguration":    "rules are kept and shown; nothing expires",
	"PutBucketLogging":                   "kept and shown; no log is written",
	"PutBucketNotificationConfiguration": "no filters; kept and shown, nobody is told",
	"PutBucketReplication":               "prefixes only; kept and shown, nothing is copied",
	"PutBucketVersioning":                "no MFA delete",
	"PutBucketWebsite":                   "no routing rules; kept and shown, nothing is served",
	"PutObject":                          "at most 64 MiB a request; signatures of chunks are not checked; no SSE-C, object locks, appends; ACLs private and bucket-owner-full-control",
	"PutObjectLockConfiguration":         "kept and shown; nothing is held back",
	"UploadPart":                         "at most 64 MiB a part",
}

// Operations lists the calls of S3.
func Operations() []api.Offer {
	return offers(func(at level) bool { return at != ofControl })
}

// ControlOperations lists the calls of S3 Control, which are for buckets only here.
func ControlOperations() []api.Offer {
	return offers(func(at level) bool { return at == ofControl })
}

func offers(of func(level) bool) []api.Offer {
	var names []string
	for key, op := range operations {
		if of(key.at) {
			names = append(names, op.name)
		}
	}
	return api.Offers(names, limits)
}

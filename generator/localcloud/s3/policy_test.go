package s3_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const tlsOnly = `{"Version":"2012-10-17","Statement":[{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*",` +
	`"Resource":["arn:aws:s3:::ruled","arn:aws:s3:::ruled/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`

// allow is a policy with one statement that lets somebody read.
func allow(principal, condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":` + principal +
		`,"Action":"s3:GetObject","Resource":"arn:aws:s3:::ruled/*","Condition":{` + condition + `}}}`
}

func TestBucketPolicy(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "ruled")
	set := func(policy string) error {
		_, err := client.PutBucketPolicy(t.Context(), &awss3.PutBucketPolicyInput{Bucket: aws.String("ruled"), Policy: &policy})
		return err
	}
	wantCode(t, set(tlsOnly), "")
	got, err := client.GetBucketPolicy(t.Context(), &awss3.GetBucketPolicyInput{Bucket: aws.String("ruled")})
	wantCode(t, err, "")
	if *got.Policy != tlsOnly {
		t.Errorf("policy is %s", *got.Policy)
	}
	if access := f.last(t).Access[0]; access.Policy != "" {
		t.Error("the policy counts against the root user who reads it")
	}
	_, err = f.as(other, region).ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: aws.String("ruled")})
	wantCode(t, err, "")
	if access := f.last(t).Access[0]; access.Policy != tlsOnly || access.Owner != account {
		t.Errorf("access is %+v", access)
	}
	for name, policy := range map[string]string{
		"no JSON":          "nothing",
		"list":             "[]",
		"no statement":     `{"Version":"2012-10-17","Statement":[]}`,
		"version":          strings.Replace(tlsOnly, "2012-10-17", "2026-01-01", 1),
		"effect":           strings.Replace(tlsOnly, "Deny", "Refuse", 1),
		"no principal":     strings.Replace(tlsOnly, `"Principal":"*",`, "", 1),
		"principal kind":   strings.Replace(tlsOnly, `"Principal":"*"`, `"Principal":{"Human":"*"}`, 1),
		"principal ARN":    strings.Replace(tlsOnly, `"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::1:role/x"}`, 1),
		"no action":        strings.Replace(tlsOnly, `"Action":"s3:*",`, "", 1),
		"another's action": strings.Replace(tlsOnly, "s3:*", "ec2:*", 1),
		"no resource":      strings.Replace(tlsOnly, `"Resource":["arn:aws:s3:::ruled","arn:aws:s3:::ruled/*"],`, "", 1),
		"other bucket":     strings.Replace(tlsOnly, "ruled/", "other/", 1),
		"unknown member":   strings.Replace(tlsOnly, `"Sid"`, `"Side"`, 1),
		"text after it":    tlsOnly + "{}",
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, set(policy), "MalformedPolicy") })
	}
	wantCode(t, set(strings.Replace(tlsOnly, "TLS", strings.Repeat("x", 20<<10), 1)), "PolicyTooLarge")
	status, err := client.GetBucketPolicyStatus(t.Context(), &awss3.GetBucketPolicyStatusInput{Bucket: aws.String("ruled")})
	wantCode(t, err, "")
	if *status.PolicyStatus.IsPublic {
		t.Error("a policy that only denies is public")
	}
	_, err = client.DeleteBucketPolicy(t.Context(), &awss3.DeleteBucketPolicyInput{Bucket: aws.String("ruled")})
	wantCode(t, err, "")
	_, err = client.GetBucketPolicy(t.Context(), &awss3.GetBucketPolicyInput{Bucket: aws.String("ruled")})
	wantCode(t, err, "NoSuchBucketPolicy")
}

func TestPublicPolicies(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "ruled")
	block := func(policy, buckets bool) {
		t.Helper()
		_, err := client.PutPublicAccessBlock(t.Context(), &awss3.PutPublicAccessBlockInput{
			Bucket: aws.String("ruled"),
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicPolicy: &policy, RestrictPublicBuckets: &buckets,
			},
		})
		wantCode(t, err, "")
	}
	set := func(policy string) error {
		_, err := client.PutBucketPolicy(t.Context(), &awss3.PutBucketPolicyInput{Bucket: aws.String("ruled"), Policy: &policy})
		return err
	}
	const role = `{"AWS":"arn:aws:iam::` + other + `:role/reader"}`
	for name, test := range map[string]struct {
		policy string
		public bool
	}{
		"everybody":                {allow(`"*"`, ""), true},
		"everybody in AWS":         {allow(`{"AWS":["*"]}`, ""), true},
		"a role":                   {allow(role, ""), false},
		"an account":               {allow(`{"AWS":"`+other+`"}`, ""), false},
		"a service":                {allow(`{"Service":"cloudfront.amazonaws.com"}`, ""), false},
		"all but one":              {strings.Replace(allow(role, ""), `"Principal"`, `"NotPrincipal"`, 1), true},
		"from a network":           {allow(`"*"`, `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`), false},
		"from an address":          {allow(`"*"`, `"IpAddress":{"aws:SourceIp":"192.0.2.1"}`), false},
		"from half the internet":   {allow(`"*"`, `"IpAddress":{"aws:SourceIp":["192.0.2.0/24","0.0.0.0/1"]}`), true},
		"not from a network":       {allow(`"*"`, `"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}`), true},
		"of an organisation":       {allow(`"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), false},
		"of one if there is one":   {allow(`"*"`, `"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}`), true},
		"of any of several":        {allow(`"*"`, `"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-1/"}`), false},
		"of all of several":        {allow(`"*"`, `"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/"}`), true},
		"from a source":            {allow(`"*"`, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-2:`+account+`:t"}`), false},
		"from any source":          {allow(`"*"`, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:*"}`), true},
		"by a variable":            {allow(`"*"`, `"StringEquals":{"aws:SourceAccount":"${aws:PrincipalAccount}"}`), true},
		"by a key of the caller's": {allow(`"*"`, `"StringEquals":{"aws:Referer":"x"}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			block(false, false)
			wantCode(t, set(test.policy), "")
			status, err := client.GetBucketPolicyStatus(t.Context(), &awss3.GetBucketPolicyStatusInput{Bucket: aws.String("ruled")})
			wantCode(t, err, "")
			if *status.PolicyStatus.IsPublic != test.public {
				t.Errorf("public is %t", *status.PolicyStatus.IsPublic)
			}
			policyFor := func(by string) string {
				f.raw(t, by, "GET", "/ruled/key", nil, "")
				return f.last(t).Access[0].Policy
			}
			for _, by := range []string{"", account, other} {
				if policyFor(by) != test.policy {
					t.Errorf("the policy does not count for %q while the bucket is open", by)
				}
			}
			block(true, true)
			for by, counts := range map[string]bool{"": !test.public, other: !test.public, account: true} {
				if (policyFor(by) != "") != counts {
					t.Errorf("with public access restricted the policy for %q is %q", by, policyFor(by))
				}
			}
			code := ""
			if test.public {
				code = "AccessDenied"
			}
			wantCode(t, set(test.policy), code)
		})
	}
}

// What each call must be allowed, as the service authorization reference has it.
func TestAccess(t *testing.T) {
	f := plain(t)
	f.bucket(t, "needs")
	const bucket, object = "arn:aws:s3:::needs", "arn:aws:s3:::needs/a/key"
	copied := map[string]string{"X-Amz-Copy-Source": "needs/src?versionId=v"}
	for _, test := range []struct {
		method, target string
		header         map[string]string
		name           string
		access         string // the last one
		resource       string
	}{
		{"GET", "/", nil, "ListBuckets", "s3:ListAllMyBuckets", "*"},
		{"PUT", "/needs", nil, "CreateBucket", "s3:CreateBucket", bucket},
		{"HEAD", "/needs", nil, "HeadBucket", "s3:ListBucket", bucket},
		{"GET", "/needs", nil, "ListObjects", "s3:ListBucket", bucket},
		{"GET", "/needs?list-type=2", nil, "ListObjectsV2", "s3:ListBucket", bucket},
		{"GET", "/needs?versions", nil, "ListObjectVersions", "s3:ListBucketVersions", bucket},
		{"GET", "/needs?uploads", nil, "ListMultipartUploads", "s3:ListBucketMultipartUploads", bucket},
		{"GET", "/needs?location", nil, "GetBucketLocation", "s3:GetBucketLocation", bucket},
		{"GET", "/needs?encryption", nil, "GetBucketEncryption", "s3:GetEncryptionConfiguration", bucket},
		{"DELETE", "/needs?encryption", nil, "DeleteBucketEncryption", "s3:PutEncryptionConfiguration", bucket},
		{"GET", "/needs?publicAccessBlock", nil, "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", bucket},
		{"DELETE", "/needs?publicAccessBlock", nil, "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", bucket},
		{"GET", "/needs?lifecycle", nil, "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", bucket},
		{"DELETE", "/needs?lifecycle", nil, "DeleteBucketLifecycle", "s3:PutLifecycleConfiguration", bucket},
		{"GET", "/needs?cors", nil, "GetBucketCors", "s3:GetBucketCORS", bucket},
		{"DELETE", "/needs?tagging", nil, "DeleteBucketTagging", "s3:PutBucketTagging", bucket},
		{"GET", "/needs?replication", nil, "GetBucketReplication", "s3:GetReplicationConfiguration", bucket},
		{"GET", "/needs?accelerate", nil, "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", bucket},
		{"GET", "/needs?object-lock", nil, "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", bucket},
		{"GET", "/needs/a/key", nil, "GetObject", "s3:GetObject", object},
		{"HEAD", "/needs/a/key", nil, "HeadObject", "s3:GetObject", object},
		{"HEAD", "/needs/a/key?versionId=v", nil, "HeadObject", "s3:GetObjectVersion", object},
		{"PUT", "/needs/a/key?x-id=PutObject", nil, "PutObject", "s3:PutObject", object},
		{"PUT", "/needs/a/key", map[string]string{"X-Amz-Tagging": "a=b"}, "PutObject", "s3:PutObjectTagging", object},
		{"PUT", "/needs/a/key", map[string]string{"X-Amz-Acl": "private"}, "PutObject", "s3:PutObjectAcl", object},
		{"PUT", "/needs/a/key", copied, "CopyObject", "s3:GetObjectVersion", "arn:aws:s3:::needs/src"},
		{"PUT", "/needs/a/key?partNumber=1&uploadId=u", copied, "UploadPartCopy", "s3:GetObjectVersion", "arn:aws:s3:::needs/src"},
		{"DELETE", "/needs/a/key", nil, "DeleteObject", "s3:DeleteObject", object},
		{"DELETE", "/needs/a/key?versionId=v", nil, "DeleteObject", "s3:DeleteObjectVersion", object},
		{"GET", "/needs/a/key?tagging", nil, "GetObjectTagging", "s3:GetObjectTagging", object},
		{"PUT", "/needs/a/key?tagging&versionId=v", nil, "PutObjectTagging", "s3:PutObjectVersionTagging", object},
		{"GET", "/needs/a/key?attributes&versionId=v", nil, "GetObjectAttributes", "s3:GetObjectVersionAttributes", object},
		{"POST", "/needs/a/key?uploads", nil, "CreateMultipartUpload", "s3:PutObject", object},
		{"PUT", "/needs/a/key?partNumber=1&uploadId=u", nil, "UploadPart", "s3:PutObject", object},
		{"POST", "/needs/a/key?uploadId=u", nil, "CompleteMultipartUpload", "s3:PutObject", object},
		{"DELETE", "/needs/a/key?uploadId=u", nil, "AbortMultipartUpload", "s3:AbortMultipartUpload", object},
		{"GET", "/needs/a/key?uploadId=u", nil, "ListParts", "s3:ListMultipartUploadParts", object},
		{"DELETE", "/needs", nil, "DeleteBucket", "s3:DeleteBucket", bucket},
	} {
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			f.raw(t, account, test.method, test.target, test.header, "")
			op := f.last(t)
			if op.Name != test.name || len(op.Access) == 0 {
				t.Fatalf("operation is %s with access %+v", op.Name, op.Access)
			}
			last := op.Access[len(op.Access)-1]
			if last.Action != test.access || last.Resource != test.resource {
				t.Errorf("access is %s on %s", last.Action, last.Resource)
			}
			f.raw(t, account, "DELETE", "/needs/a/key", nil, "")
		})
	}
}

func TestConditions(t *testing.T) {
	f := plain(t)
	f.bucket(t, "facts")
	f.raw(t, account, "PUT", "/facts/key", nil, "")
	if context := f.last(t).Access[0].Context; len(context["s3:x-amz-server-side-encryption"]) != 0 || context["s3:resourceaccount"][0] != account {
		t.Errorf("context is %v", context)
	}
	f.raw(t, account, "PUT", "/facts/key", map[string]string{
		"X-Amz-Server-Side-Encryption": "AES256", "X-Amz-Tagging": "Team=send", "If-None-Match": "*", "X-Amz-Storage-Class": "GLACIER",
	}, "")
	for key, want := range map[string]string{
		"s3:x-amz-server-side-encryption": "AES256", "s3:requestobjecttag/team": "send", "s3:requestobjecttagkeys": "Team",
		"s3:if-none-match": "*", "s3:x-amz-storage-class": "GLACIER",
	} {
		if got := f.last(t).Access[0].Context[key]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	f.raw(t, account, "GET", "/facts?list-type=2&prefix=&delimiter=%2F&max-keys=7", nil, "")
	for key, want := range map[string]string{"s3:prefix": "", "s3:delimiter": "/", "s3:max-keys": "7"} {
		if got := f.last(t).Access[0].Context[key]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

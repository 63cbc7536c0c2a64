package s3_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What a new bucket answers for everything that nobody has set.
func TestDefaults(t *testing.T) {
	f := plain(t)
	f.bucket(t, "plain")
	for _, test := range []struct {
		sub    string
		status int
		parts  []string
	}{
		{"location", 200, []string{">eu-west-2</LocationConstraint>"}},
		{"versioning", 200, []string{"<VersioningConfiguration", "/2006-03-01/\"></VersioningConfiguration>"}},
		{"encryption", 200, []string{"<SSEAlgorithm>AES256</SSEAlgorithm>", "<BucketKeyEnabled>false</BucketKeyEnabled>", "<EncryptionType>SSE-C</EncryptionType>"}},
		{"publicAccessBlock", 200, []string{
			"<BlockPublicAcls>true<", "<IgnorePublicAcls>true<", "<BlockPublicPolicy>true<", "<RestrictPublicBuckets>true<",
		}},
		{"ownershipControls", 200, []string{"<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>"}},
		{"acl", 200, []string{`xsi:type="CanonicalUser"`, "<Permission>FULL_CONTROL</Permission>"}},
		{"accelerate", 200, []string{"<AccelerateConfiguration"}},
		{"requestPayment", 200, []string{"<Payer>BucketOwner</Payer>"}},
		{"notification", 200, []string{"<NotificationConfiguration"}},
		{"logging", 200, []string{"<BucketLoggingStatus"}},
		{"lifecycle", 404, []string{"NoSuchLifecycleConfiguration"}},
		{"cors", 404, []string{"NoSuchCORSConfiguration"}},
		{"policy", 404, []string{"NoSuchBucketPolicy"}},
		{"policyStatus", 404, []string{"NoSuchBucketPolicy"}},
		{"tagging", 404, []string{"NoSuchTagSet"}},
		{"replication", 404, []string{"ReplicationConfigurationNotFoundError"}},
		{"website", 404, []string{"NoSuchWebsiteConfiguration"}},
		{"object-lock", 404, []string{"ObjectLockConfigurationNotFoundError"}},
	} {
		t.Run(test.sub, func(t *testing.T) {
			response, answer := f.raw(t, account, "GET", "/plain?"+test.sub, nil, "")
			if response.StatusCode != test.status {
				t.Errorf("status is %s", response.Status)
			}
			for _, part := range test.parts {
				if !strings.Contains(answer, part) {
					t.Errorf("answer lacks %s: %s", part, answer)
				}
			}
		})
	}
}

var sdkValues = cmp.Options{cmpopts.IgnoreUnexported(
	types.LifecycleRule{}, types.LifecycleRuleFilter{}, types.LifecycleRuleAndOperator{}, types.LifecycleExpiration{}, types.Tag{},
	types.Transition{}, types.NoncurrentVersionExpiration{}, types.NoncurrentVersionTransition{}, types.AbortIncompleteMultipartUpload{},
	types.CORSRule{}, types.PublicAccessBlockConfiguration{}, types.OwnershipControls{}, types.OwnershipControlsRule{},
	types.ServerSideEncryptionConfiguration{}, types.ServerSideEncryptionRule{}, types.ServerSideEncryptionByDefault{},
	types.BlockedEncryptionTypes{}, types.LoggingEnabled{}, types.TargetObjectKeyFormat{}, types.PartitionedPrefix{}, types.SimplePrefix{},
)}

func TestLifecycle(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "ttl")
	midnight := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	rules := []types.LifecycleRule{
		{
			ID: aws.String("expire"), Status: "Enabled", Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			Expiration:                     &types.LifecycleExpiration{Days: aws.Int32(7)},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)},
		},
		{
			ID: aws.String("all kinds"), Status: "Disabled",
			Filter: &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{
				Prefix: aws.String("a/"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
				ObjectSizeGreaterThan: aws.Int64(1), ObjectSizeLessThan: aws.Int64(9),
			}},
			Expiration:                   &types.LifecycleExpiration{Date: &midnight},
			Transitions:                  []types.Transition{{Days: aws.Int32(30), StorageClass: "STANDARD_IA"}},
			NoncurrentVersionExpiration:  &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(3), NewerNoncurrentVersions: aws.Int32(2)},
			NoncurrentVersionTransitions: []types.NoncurrentVersionTransition{{NoncurrentDays: aws.Int32(3), StorageClass: "GLACIER"}},
		},
		{
			ID: aws.String("markers"), Status: "Enabled", Filter: &types.LifecycleRuleFilter{},
			Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(true)},
		},
	}
	configure := func(size types.TransitionDefaultMinimumObjectSize, rules ...types.LifecycleRule) (*awss3.PutBucketLifecycleConfigurationOutput, error) {
		return client.PutBucketLifecycleConfiguration(t.Context(), &awss3.PutBucketLifecycleConfigurationInput{
			Bucket: aws.String("ttl"), TransitionDefaultMinimumObjectSize: size,
			LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
		})
	}
	put, err := configure("", rules...)
	wantCode(t, err, "")
	if put.TransitionDefaultMinimumObjectSize != "all_storage_classes_128K" {
		t.Errorf("PUT answers the minimum size %q", put.TransitionDefaultMinimumObjectSize)
	}
	get := func() (*awss3.GetBucketLifecycleConfigurationOutput, error) {
		return client.GetBucketLifecycleConfiguration(t.Context(), &awss3.GetBucketLifecycleConfigurationInput{Bucket: aws.String("ttl")})
	}
	got, err := get()
	wantCode(t, err, "")
	if diff := cmp.Diff(rules, got.Rules, sdkValues, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if got.TransitionDefaultMinimumObjectSize != "all_storage_classes_128K" {
		t.Errorf("GET answers the minimum size %q", got.TransitionDefaultMinimumObjectSize)
	}
	put, err = configure("varies_by_storage_class", rules[0])
	wantCode(t, err, "")
	if put.TransitionDefaultMinimumObjectSize != "varies_by_storage_class" {
		t.Errorf("PUT answers the minimum size %q", put.TransitionDefaultMinimumObjectSize)
	}

	rule := func(edit func(*types.LifecycleRule)) types.LifecycleRule {
		r := types.LifecycleRule{
			ID: aws.String("x"), Status: "Enabled", Filter: &types.LifecycleRuleFilter{},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)},
		}
		edit(&r)
		return r
	}
	byTag := &types.LifecycleRuleFilter{Tag: &types.Tag{Key: aws.String("k"), Value: aws.String("v")}}
	for name, test := range map[string]struct {
		code  string
		rules []types.LifecycleRule
	}{
		"no rule":       {"MalformedXML", []types.LifecycleRule{}},
		"no status":     {"MalformedXML", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Status = "On" })}},
		"no filter":     {"MalformedXML", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Filter = nil })}},
		"no action":     {"InvalidRequest", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Expiration = nil })}},
		"no days":       {"InvalidArgument", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Expiration.Days = aws.Int32(0) })}},
		"days and date": {"MalformedXML", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Expiration.Date = &midnight })}},
		"at noon":       {"InvalidArgument", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Expiration.Days, r.Expiration.Date = nil, &start })}},
		"same id":       {"InvalidArgument", []types.LifecycleRule{rules[0], rules[0]}},
		"long id":       {"InvalidArgument", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.ID = aws.String(strings.Repeat("x", 256)) })}},
		"class": {"MalformedXML", []types.LifecycleRule{rule(func(r *types.LifecycleRule) {
			r.Transitions = []types.Transition{{Days: aws.Int32(1), StorageClass: "COLD"}}
		})}},
		"abort by tag": {"InvalidRequest", []types.LifecycleRule{rule(func(r *types.LifecycleRule) {
			r.Filter, r.AbortIncompleteMultipartUpload = byTag, rules[0].AbortIncompleteMultipartUpload
		})}},
		"markers by tag": {"InvalidRequest", []types.LifecycleRule{rule(func(r *types.LifecycleRule) { r.Filter, r.Expiration = byTag, rules[2].Expiration })}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := configure("", test.rules...)
			wantCode(t, err, test.code)
		})
	}
	_, err = client.DeleteBucketLifecycle(t.Context(), &awss3.DeleteBucketLifecycleInput{Bucket: aws.String("ttl")})
	wantCode(t, err, "")
	_, err = get()
	wantCode(t, err, "NoSuchLifecycleConfiguration")
}

func TestCORS(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "shared")
	rules := []types.CORSRule{{
		ID: aws.String("browsers"), AllowedMethods: []string{"PUT", "GET"}, AllowedOrigins: []string{"https://*.example.com", "https://b"},
		AllowedHeaders: []string{"*"}, ExposeHeaders: []string{"ETag"}, MaxAgeSeconds: aws.Int32(3000),
	}, {AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}
	configure := func(rules ...types.CORSRule) error {
		_, err := client.PutBucketCors(t.Context(), &awss3.PutBucketCorsInput{
			Bucket: aws.String("shared"), CORSConfiguration: &types.CORSConfiguration{CORSRules: rules},
		})
		return err
	}
	wantCode(t, configure(rules...), "")
	got, err := client.GetBucketCors(t.Context(), &awss3.GetBucketCorsInput{Bucket: aws.String("shared")})
	wantCode(t, err, "")
	if diff := cmp.Diff(rules, got.CORSRules, sdkValues, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for name, test := range map[string]struct {
		code string
		rule types.CORSRule
	}{
		"no origin":          {"MalformedXML", types.CORSRule{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{}}},
		"method":             {"InvalidRequest", types.CORSRule{AllowedMethods: []string{"PATCH"}, AllowedOrigins: []string{"*"}}},
		"wildcards":          {"InvalidRequest", types.CORSRule{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"https://*.*"}}},
		"header wildcards":   {"InvalidRequest", types.CORSRule{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}, AllowedHeaders: []string{"**"}}},
		"wildcard in expose": {"InvalidRequest", types.CORSRule{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}, ExposeHeaders: []string{"*"}}},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, configure(test.rule), test.code) })
	}
	_, err = client.DeleteBucketCors(t.Context(), &awss3.DeleteBucketCorsInput{Bucket: aws.String("shared")})
	wantCode(t, err, "")
	_, err = client.GetBucketCors(t.Context(), &awss3.GetBucketCorsInput{Bucket: aws.String("shared")})
	wantCode(t, err, "NoSuchCORSConfiguration")
}

func TestPublicAccessAndOwnership(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "open")
	blocks := &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(false), BlockPublicPolicy: aws.Bool(false), RestrictPublicBuckets: aws.Bool(true),
	}
	_, err := client.PutPublicAccessBlock(t.Context(), &awss3.PutPublicAccessBlockInput{
		Bucket: aws.String("open"), PublicAccessBlockConfiguration: blocks,
	})
	wantCode(t, err, "")
	got, err := client.GetPublicAccessBlock(t.Context(), &awss3.GetPublicAccessBlockInput{Bucket: aws.String("open")})
	wantCode(t, err, "")
	if diff := cmp.Diff(blocks, got.PublicAccessBlockConfiguration, sdkValues); diff != "" {
		t.Error(diff)
	}

	for acl, actions := range map[types.BucketCannedACL]int{"private": 1, "public-read": 2} {
		name := "made-" + string(acl)
		_, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &name, ACL: acl})
		if got := f.last(t).Access; len(got) != actions {
			t.Errorf("a bucket that is %s is made with %+v: %v", acl, got, err)
		}
	}

	putWith := func(acl types.ObjectCannedACL) error {
		_, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
			Bucket: aws.String("open"), Key: aws.String("key"), Body: strings.NewReader("x"), ACL: acl,
		})
		return err
	}
	wantCode(t, putWith("bucket-owner-full-control"), "")
	if actions := f.last(t).Access; len(actions) != 2 || actions[1].Action != "s3:PutObjectAcl" ||
		cmp.Diff(actions[1].Context["s3:x-amz-acl"], []string{"bucket-owner-full-control"}) != "" {
		t.Errorf("access is %+v", actions)
	}
	wantCode(t, putWith("public-read"), "AccessControlListNotSupported")
	_, err = client.PutBucketOwnershipControls(t.Context(), &awss3.PutBucketOwnershipControlsInput{
		Bucket: aws.String("open"), OwnershipControls: &types.OwnershipControls{
			Rules: []types.OwnershipControlsRule{{ObjectOwnership: "ObjectWriter"}},
		},
	})
	wantCode(t, err, "")
	wantCode(t, putWith("public-read"), "AccessDenied")
	wantCode(t, putWith("authenticated-read"), "NotImplemented")
	owned, err := client.GetBucketOwnershipControls(t.Context(), &awss3.GetBucketOwnershipControlsInput{Bucket: aws.String("open")})
	wantCode(t, err, "")
	if owned.OwnershipControls.Rules[0].ObjectOwnership != "ObjectWriter" {
		t.Errorf("ownership is %+v", owned.OwnershipControls)
	}
	_, err = client.PutBucketOwnershipControls(t.Context(), &awss3.PutBucketOwnershipControlsInput{
		Bucket: aws.String("open"), OwnershipControls: &types.OwnershipControls{
			Rules: []types.OwnershipControlsRule{{ObjectOwnership: "Nobody"}},
		},
	})
	wantCode(t, err, "MalformedXML")

	_, err = client.DeletePublicAccessBlock(t.Context(), &awss3.DeletePublicAccessBlockInput{Bucket: aws.String("open")})
	wantCode(t, err, "")
	_, err = client.GetPublicAccessBlock(t.Context(), &awss3.GetPublicAccessBlockInput{Bucket: aws.String("open")})
	wantCode(t, err, "NoSuchPublicAccessBlockConfiguration")
	_, err = client.DeleteBucketOwnershipControls(t.Context(), &awss3.DeleteBucketOwnershipControlsInput{Bucket: aws.String("open")})
	wantCode(t, err, "")
	_, err = client.GetBucketOwnershipControls(t.Context(), &awss3.GetBucketOwnershipControlsInput{Bucket: aws.String("open")})
	wantCode(t, err, "OwnershipControlsNotFoundError")
}

func TestEncryption(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "sealed")
	configure := func(rules ...types.ServerSideEncryptionRule) error {
		_, err := client.PutBucketEncryption(t.Context(), &awss3.PutBucketEncryptionInput{
			Bucket: aws.String("sealed"), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules},
		})
		return err
	}
	byDefault := func(algorithm types.ServerSideEncryption, key string) *types.ServerSideEncryptionByDefault {
		d := &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm}
		if key != "" {
			d.KMSMasterKeyID = &key
		}
		return d
	}
	sealedBy := func() types.ServerSideEncryptionRule {
		got, err := client.GetBucketEncryption(t.Context(), &awss3.GetBucketEncryptionInput{Bucket: aws.String("sealed")})
		wantCode(t, err, "")
		return got.ServerSideEncryptionConfiguration.Rules[0]
	}
	customer := func() error {
		_, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
			Bucket: aws.String("sealed"), Key: aws.String("own"), Body: strings.NewReader("x"),
			SSECustomerAlgorithm: aws.String("AES256"), SSECustomerKey: aws.String(strings.Repeat("k", 32)),
		})
		return err
	}
	wantCode(t, customer(), "AccessDenied")

	// Without a word on blocked types those of the bucket stay.
	wantCode(t, configure(types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: byDefault("aws:kms", "alias/k"), BucketKeyEnabled: aws.Bool(true),
	}), "")
	if diff := cmp.Diff(types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: byDefault("aws:kms", "alias/k"), BucketKeyEnabled: aws.Bool(true),
		BlockedEncryptionTypes: &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{"SSE-C"}},
	}, sealedBy(), sdkValues); diff != "" {
		t.Error(diff)
	}
	head := put(t.Context(), t, client, "sealed", "key", "x")
	if head.ServerSideEncryption != "aws:kms" || *head.SSEKMSKeyId != "alias/k" || !*head.BucketKeyEnabled {
		t.Errorf("an object in it is %+v", head)
	}
	_, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: aws.String("sealed"), Key: aws.String("key"), Body: strings.NewReader("x"), ServerSideEncryption: "AES256",
	})
	wantCode(t, err, "")
	context := f.last(t).Access[0].Context
	if diff := cmp.Diff([]string{"AES256"}, context["s3:x-amz-server-side-encryption"]); diff != "" {
		t.Error(diff)
	}

	wantCode(t, configure(types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: byDefault("AES256", ""),
		BlockedEncryptionTypes:             &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{"NONE"}},
	}), "")
	wantCode(t, customer(), "NotImplemented")
	for name, test := range map[string]struct {
		code  string
		rules []types.ServerSideEncryptionRule
	}{
		"no rule":         {"MalformedXML", []types.ServerSideEncryptionRule{}},
		"algorithm":       {"MalformedXML", []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: byDefault("ROT13", "")}}},
		"key for AES256":  {"InvalidArgument", []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: byDefault("AES256", "k")}}},
		"nothing in rule": {"MalformedXML", []types.ServerSideEncryptionRule{{}}},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, configure(test.rules...), test.code) })
	}
	_, err = client.DeleteBucketEncryption(t.Context(), &awss3.DeleteBucketEncryptionInput{Bucket: aws.String("sealed")})
	wantCode(t, err, "")
	if rule := sealedBy(); rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" || len(rule.BlockedEncryptionTypes.EncryptionType) != 1 {
		t.Errorf("after the delete it is %+v", rule)
	}
}

func TestBucketTags(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "labels")
	configure := func(tags ...types.Tag) error {
		_, err := client.PutBucketTagging(t.Context(), &awss3.PutBucketTaggingInput{
			Bucket: aws.String("labels"), Tagging: &types.Tagging{TagSet: tags},
		})
		return err
	}
	labels := func() map[string]string {
		got, err := client.GetBucketTagging(t.Context(), &awss3.GetBucketTaggingInput{Bucket: aws.String("labels")})
		wantCode(t, err, "")
		all := map[string]string{}
		for _, tag := range got.TagSet {
			all[*tag.Key] = *tag.Value
		}
		return all
	}
	one := types.Tag{Key: aws.String("a"), Value: aws.String("1")}
	wantCode(t, configure(one), "")
	wantCode(t, configure(one, one), "InvalidTag")
	wantCode(t, configure(types.Tag{Key: aws.String("aws:a"), Value: aws.String("1")}), "InvalidTag")

	// S3 Control has the same tags, by ARN; no SDK client for it is at hand.
	const control = "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Alabels"
	header := map[string]string{"X-Amz-Account-Id": account}
	const tag = `<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags><Tag><Key>b</Key><Value>2</Value></Tag><Tag><Key>a</Key><Value>3</Value></Tag></Tags></TagResourceRequest>`
	if response, answer := f.raw(t, account, "POST", control, header, tag); response.StatusCode != 204 {
		t.Fatalf("TagResource answers %s %s", response.Status, answer)
	}
	if access := f.last(t).Access[0]; access.Action != "s3:TagResource" || access.Resource != "arn:aws:s3:::labels" {
		t.Errorf("access is %+v", access)
	}
	if diff := cmp.Diff(map[string]string{"a": "3", "b": "2"}, labels()); diff != "" {
		t.Error(diff)
	}
	_, answer := f.raw(t, account, "GET", control, header, "")
	if !strings.Contains(answer, "<ListTagsForResourceResult") || !strings.Contains(answer, "<Tag><Key>b</Key><Value>2</Value></Tag>") {
		t.Errorf("ListTagsForResource answers %s", answer)
	}
	if response, answer := f.raw(t, account, "DELETE", control+"?tagKeys=a&tagKeys=c", header, ""); response.StatusCode != 204 {
		t.Fatalf("UntagResource answers %s %s", response.Status, answer)
	}
	if diff := cmp.Diff(map[string]string{"b": "2"}, labels()); diff != "" {
		t.Error(diff)
	}
	response, answer := f.raw(t, account, "GET", strings.Replace(control, "labels", "nowhere", 1), header, "")
	if response.StatusCode != 404 || !strings.Contains(answer, "<ErrorResponse><Error><Code>NoSuchBucket</Code>") {
		t.Errorf("S3 Control answers %s %s", response.Status, answer)
	}
	if response, _ := f.raw(t, account, "GET", control, map[string]string{"X-Amz-Account-Id": other}, ""); response.StatusCode != 403 {
		t.Errorf("S3 Control with another account answers %s", response.Status)
	}

	_, err := client.DeleteBucketTagging(t.Context(), &awss3.DeleteBucketTaggingInput{Bucket: aws.String("labels")})
	wantCode(t, err, "")
	_, err = client.GetBucketTagging(t.Context(), &awss3.GetBucketTaggingInput{Bucket: aws.String("labels")})
	wantCode(t, err, "NoSuchTagSet")
	var many []types.Tag
	for i := range 51 {
		many = append(many, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	wantCode(t, configure(many...), "BadRequest")
}

func TestLogging(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "watched")
	f.bucket(t, "watch-logs")
	configure := func(status *types.BucketLoggingStatus) error {
		_, err := client.PutBucketLogging(t.Context(), &awss3.PutBucketLoggingInput{Bucket: aws.String("watched"), BucketLoggingStatus: status})
		return err
	}
	target := &types.LoggingEnabled{
		TargetBucket: aws.String("watch-logs"), TargetPrefix: aws.String("s3/"),
		TargetObjectKeyFormat: &types.TargetObjectKeyFormat{PartitionedPrefix: &types.PartitionedPrefix{PartitionDateSource: "EventTime"}},
	}
	wantCode(t, configure(&types.BucketLoggingStatus{LoggingEnabled: target}), "")
	got, err := client.GetBucketLogging(t.Context(), &awss3.GetBucketLoggingInput{Bucket: aws.String("watched")})
	wantCode(t, err, "")
	if diff := cmp.Diff(target, got.LoggingEnabled, sdkValues); diff != "" {
		t.Error(diff)
	}
	wantCode(t, configure(&types.BucketLoggingStatus{LoggingEnabled: &types.LoggingEnabled{
		TargetBucket: aws.String("nowhere"), TargetPrefix: aws.String(""),
	}}), "InvalidTargetBucketForLogging")
	wantCode(t, configure(&types.BucketLoggingStatus{}), "")
	got, err = client.GetBucketLogging(t.Context(), &awss3.GetBucketLoggingInput{Bucket: aws.String("watched")})
	wantCode(t, err, "")
	if got.LoggingEnabled != nil {
		t.Errorf("logging is %+v", got.LoggingEnabled)
	}
}

func TestMalformedDocuments(t *testing.T) {
	f := plain(t)
	f.bucket(t, "xml")
	const good = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`
	for name, test := range map[string]struct{ body, code string }{
		"namespace":      {good, ""},
		"no namespace":   {`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`, ""},
		"declaration":    {`<?xml version="1.0" encoding="UTF-8"?>` + good, ""},
		"text":           {"enabled", "MalformedXML"},
		"cut":            {good[:len(good)-5], "MalformedXML"},
		"other root":     {strings.ReplaceAll(good, "VersioningConfiguration", "Versioning"), "MalformedXML"},
		"other element":  {strings.ReplaceAll(good, "Status", "State"), "MalformedXML"},
		"further one":    {strings.Replace(good, "<Status>", "<Extra/><Status>", 1), "MalformedXML"},
		"nested one":     {strings.Replace(good, "Enabled", "<b>Enabled</b>", 1), "MalformedXML"},
		"doctype":        {`<!DOCTYPE x [<!ENTITY y "z">]>` + good, "MalformedXML"},
		"no status":      {`<VersioningConfiguration/>`, "IllegalVersioningConfigurationException"},
		"unknown status": {strings.Replace(good, "Enabled", "On", 1), "IllegalVersioningConfigurationException"},
		"too large":      {strings.Repeat(" ", 3<<20), "MaxMessageLengthExceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			response, answer := f.raw(t, account, "PUT", "/xml?versioning", nil, test.body)
			if test.code == "" && response.StatusCode != 200 || !strings.Contains(answer, test.code) {
				t.Errorf("answer is %s %s, want %q", response.Status, answer, test.code)
			}
		})
	}
}

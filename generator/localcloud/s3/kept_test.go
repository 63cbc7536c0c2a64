package s3_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What is kept and shown comes back as it was put, and goes again.
func TestKeptConfigurations(t *testing.T) {
	f := plain(t)
	client, name := f.bucket(t, "kept"), aws.String("kept")
	ctx := t.Context()

	website := &awss3.PutBucketWebsiteInput{Bucket: name, WebsiteConfiguration: &types.WebsiteConfiguration{IndexDocument: &types.IndexDocument{Suffix: aws.String("i.html")}}}
	_, err := client.PutBucketWebsite(ctx, website)
	wantCode(t, err, "")
	served, err := client.GetBucketWebsite(ctx, &awss3.GetBucketWebsiteInput{Bucket: name})
	wantCode(t, err, "")
	if *served.IndexDocument.Suffix != "i.html" {
		t.Errorf("the website is %+v", served)
	}
	_, err = client.DeleteBucketWebsite(ctx, &awss3.DeleteBucketWebsiteInput{Bucket: name})
	wantCode(t, err, "")
	_, err = client.GetBucketWebsite(ctx, &awss3.GetBucketWebsiteInput{Bucket: name})
	wantCode(t, err, "NoSuchWebsiteConfiguration")
	website.WebsiteConfiguration = &types.WebsiteConfiguration{}
	_, err = client.PutBucketWebsite(ctx, website)
	wantCode(t, err, "MalformedXML")

	notify := func(c types.NotificationConfiguration) *awss3.GetBucketNotificationConfigurationOutput {
		t.Helper()
		_, err := client.PutBucketNotificationConfiguration(ctx, &awss3.PutBucketNotificationConfigurationInput{Bucket: name, NotificationConfiguration: &c})
		wantCode(t, err, "")
		told, err := client.GetBucketNotificationConfiguration(ctx, &awss3.GetBucketNotificationConfigurationInput{Bucket: name})
		wantCode(t, err, "")
		return told
	}
	told := notify(types.NotificationConfiguration{
		EventBridgeConfiguration: &types.EventBridgeConfiguration{},
		QueueConfigurations:      []types.QueueConfiguration{{QueueArn: aws.String("arn:aws:sqs:eu-west-2:111122223333:q"), Events: []types.Event{"s3:ObjectCreated:*"}}},
	})
	if told.EventBridgeConfiguration == nil || len(told.QueueConfigurations) != 1 || len(told.QueueConfigurations[0].Events) != 1 {
		t.Errorf("told are %+v", told)
	}
	if told := notify(types.NotificationConfiguration{}); told.EventBridgeConfiguration != nil || len(told.QueueConfigurations) != 0 {
		t.Errorf("told are %+v", told)
	}
}

// Replication and Object Lock need versions; a bucket never loses Object Lock again,
// only its rule.
func TestReplicationAndObjectLock(t *testing.T) {
	f := plain(t)
	client, name := f.bucket(t, "kept"), aws.String("kept")
	ctx := t.Context()
	replicate := func() error {
		_, err := client.PutBucketReplication(ctx, &awss3.PutBucketReplicationInput{Bucket: name, ReplicationConfiguration: &types.ReplicationConfiguration{
			Role: aws.String("arn:aws:iam::111122223333:role/r"),
			Rules: []types.ReplicationRule{{
				Status: types.ReplicationRuleStatusEnabled, Destination: &types.Destination{Bucket: aws.String("arn:aws:s3:::elsewhere")},
			}},
		}})
		return err
	}
	lock := func(rule *types.ObjectLockRule) error {
		_, err := client.PutObjectLockConfiguration(ctx, &awss3.PutObjectLockConfigurationInput{
			Bucket: name, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: rule},
		})
		return err
	}
	locked := func() *types.ObjectLockRule {
		t.Helper()
		out, err := client.GetObjectLockConfiguration(ctx, &awss3.GetObjectLockConfigurationInput{Bucket: name})
		wantCode(t, err, "")
		return out.ObjectLockConfiguration.Rule
	}
	rule := &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(3)}}
	wantCode(t, replicate(), "InvalidRequest")
	wantCode(t, lock(rule), "InvalidBucketState")
	_, err := client.PutBucketVersioning(ctx, &awss3.PutBucketVersioningInput{
		Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	wantCode(t, err, "")

	wantCode(t, replicate(), "")
	out, err := client.GetBucketReplication(ctx, &awss3.GetBucketReplicationInput{Bucket: name})
	wantCode(t, err, "")
	if *out.ReplicationConfiguration.Rules[0].Destination.Bucket != "arn:aws:s3:::elsewhere" {
		t.Errorf("the replication is %+v", out.ReplicationConfiguration)
	}
	_, err = client.DeleteBucketReplication(ctx, &awss3.DeleteBucketReplicationInput{Bucket: name})
	wantCode(t, err, "")
	_, err = client.GetBucketReplication(ctx, &awss3.GetBucketReplicationInput{Bucket: name})
	wantCode(t, err, "ReplicationConfigurationNotFoundError")

	wantCode(t, lock(&types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: "FOREVER", Days: aws.Int32(3)}}), "MalformedXML")
	wantCode(t, lock(rule), "")
	if got := locked(); got == nil || *got.DefaultRetention.Days != 3 {
		t.Errorf("the rule is %+v", got)
	}
	wantCode(t, lock(nil), "")
	if got := locked(); got != nil {
		t.Errorf("the rule is %+v", got)
	}
}

// A list can be public only where lists count and are not blocked, and it keeps them
// from being switched off.
func TestPublicACL(t *testing.T) {
	f := plain(t)
	client, name := f.bucket(t, "kept"), aws.String("kept")
	ctx := t.Context()
	put := func(acl types.BucketCannedACL) error {
		_, err := client.PutBucketAcl(ctx, &awss3.PutBucketAclInput{Bucket: name, ACL: acl})
		return err
	}
	own := func(o types.ObjectOwnership) error {
		_, err := client.PutBucketOwnershipControls(ctx, &awss3.PutBucketOwnershipControlsInput{
			Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: o}}},
		})
		return err
	}
	wantCode(t, put("private"), "")
	wantCode(t, put("public-read"), "AccessControlListNotSupported")
	wantCode(t, own("ObjectWriter"), "")
	wantCode(t, put("public-read"), "AccessDenied")
	_, err := client.DeletePublicAccessBlock(ctx, &awss3.DeletePublicAccessBlockInput{Bucket: name})
	wantCode(t, err, "")
	wantCode(t, put("public-read"), "")
	out, err := client.GetBucketAcl(ctx, &awss3.GetBucketAclInput{Bucket: name})
	wantCode(t, err, "")
	if len(out.Grants) != 2 || *out.Grants[1].Grantee.URI != "http://acs.amazonaws.com/groups/global/AllUsers" || out.Grants[1].Permission != types.PermissionRead {
		t.Errorf("the grants are %+v", out.Grants)
	}
	wantCode(t, own("BucketOwnerEnforced"), "InvalidBucketAclWithObjectOwnership")
	wantCode(t, put("private"), "")
	wantCode(t, own("BucketOwnerEnforced"), "")
	wantCode(t, put("log-delivery-write"), "NotImplemented")
}

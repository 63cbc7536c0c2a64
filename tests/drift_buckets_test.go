package tests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"sendform/generator/environment"
)

// stateDrifts change the bucket of the state.
func stateDrifts(c clients, target environment.Target) []drift {
	bucket := &target.StateBucket
	here := "state." + target.Region + ": bucket " + target.StateBucket + ": "
	version := func(status types.BucketVersioningStatus) action {
		return call(c.s3.PutBucketVersioning, s3.PutBucketVersioningInput{
			Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
	}
	lock := func(rule *types.ObjectLockRule) action {
		return call(c.s3.PutObjectLockConfiguration, s3.PutObjectLockConfigurationInput{
			Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: rule},
		})
	}
	oneDay := &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1)}}
	replicated := types.ReplicationConfiguration{
		Role: aws.String("arn:aws:iam::999999999999:role/copy"),
		Rules: []types.ReplicationRule{{
			Status: types.ReplicationRuleStatusEnabled, Destination: &types.Destination{Bucket: aws.String("arn:aws:s3:::elsewhere")},
		}},
	}
	left := "sendform-verify.tflock"
	return []drift{
		{
			"state: no versions",
			change{version(types.BucketVersioningStatusSuspended), version(types.BucketVersioningStatusEnabled)},
			here + `versioning: wanted "Enabled", got "Disabled"`,
		},
		{
			"state: copied elsewhere",
			change{
				call(c.s3.PutBucketReplication, s3.PutBucketReplicationInput{Bucket: bucket, ReplicationConfiguration: &replicated}),
				call(c.s3.DeleteBucketReplication, s3.DeleteBucketReplicationInput{Bucket: bucket}),
			},
			here + `replication: wanted nothing, got ["arn:aws:s3:::elsewhere"]`,
		},
		{
			"state: lock objects expire",
			c.lifecycleRules(target.StateBucket, func(rules []types.LifecycleRule) []types.LifecycleRule {
				return append(rules, types.LifecycleRule{
					ID: aws.String("locks"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("qa/")},
					Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)},
				})
			}),
			here + `lifecycle.locks: wanted nothing, got {"expiration_days":1,"prefix":"qa/","status":"Enabled"}`,
		},
		{
			"state: the lock is taken",
			change{
				call(c.s3.PutObject, s3.PutObjectInput{Bucket: bucket, Key: &left}),
				call(c.s3.DeleteObject, s3.DeleteObjectInput{Bucket: bucket, Key: &left}),
			},
			here + `lock: wanted "works", got "held by sendform-verify.tflock`,
		},
		{
			"state: reads over plain HTTP", c.bucketPolicy(target.StateBucket, `"s3:*"`, `"s3:Put*"`),
			here + `policy.DenyInsecureTransport.Action: wanted ["s3:*"], got ["s3:Put*"]`,
		},
		{
			// The last one: a bucket keeps Object Lock, and its versions with it.
			"state: objects are held back",
			change{lock(oneDay), lock(nil)},
			here + `lock: wanted "works", got "not tried under Object Lock"` + "\n" +
				here + `object_lock: wanted nothing, got {"days":1,"mode":"GOVERNANCE","years":0}`,
		},
	}
}

// storageDrifts change a bucket without a distribution.
func storageDrifts(c clients, target environment.Target) []drift {
	b := target.Bucket("transfers")
	bucket := &b.Name
	here := "storage.transfers: bucket " + b.Name + ": "
	encrypt := func(with types.ServerSideEncryption) action {
		return call(c.s3.PutBucketEncryption, s3.PutBucketEncryptionInput{
			Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: with},
			}}},
		})
	}
	own := func(o types.ObjectOwnership) action {
		return call(c.s3.PutBucketOwnershipControls, s3.PutBucketOwnershipControlsInput{
			Bucket: bucket, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: o}}},
		})
	}
	block := func(policies bool) action {
		return call(c.s3.PutPublicAccessBlock, s3.PutPublicAccessBlockInput{
			Bucket: bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: &policies, IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
			},
		})
	}
	list := func(acl types.BucketCannedACL) action {
		return call(c.s3.PutBucketAcl, s3.PutBucketAclInput{Bucket: bucket, ACL: acl})
	}
	notify := func(n types.NotificationConfiguration) action {
		return call(c.s3.PutBucketNotificationConfiguration, s3.PutBucketNotificationConfigurationInput{Bucket: bucket, NotificationConfiguration: &n})
	}
	log := func(to *types.LoggingEnabled) action {
		return call(c.s3.PutBucketLogging, s3.PutBucketLoggingInput{Bucket: bucket, BucketLoggingStatus: &types.BucketLoggingStatus{LoggingEnabled: to}})
	}
	return []drift{
		{
			"public list",
			change{
				all(own(types.ObjectOwnershipObjectWriter), call(c.s3.DeletePublicAccessBlock, s3.DeletePublicAccessBlockInput{Bucket: bucket}), list("public-read")),
				all(list("private"), block(true), own(types.ObjectOwnershipBucketOwnerEnforced)),
			},
			here + `acl: wanted "private", got "READ for http://acs.amazonaws.com/groups/global/AllUsers"` + "\n" +
				here + `object_ownership: wanted "BucketOwnerEnforced", got "ObjectWriter"` + "\n" +
				here + `public_access_block: wanted {"block_public_acls":true,"block_public_policy":true,"ignore_public_acls":true,"restrict_public_buckets":true}, got nothing`,
		},
		{
			"public policies are not blocked",
			change{block(false), block(true)},
			here + `public_access_block.block_public_policy: wanted true, got false`,
		},
		{
			"writers own",
			change{own(types.ObjectOwnershipBucketOwnerPreferred), own(types.ObjectOwnershipBucketOwnerEnforced)},
			here + `object_ownership: wanted "BucketOwnerEnforced", got "BucketOwnerPreferred"`,
		},
		{
			"encryption",
			change{encrypt(types.ServerSideEncryptionAwsKms), encrypt(types.ServerSideEncryptionAes256)},
			here + `encryption: wanted "AES256", got "aws:kms"`,
		},
		{
			"website",
			change{
				call(c.s3.PutBucketWebsite, s3.PutBucketWebsiteInput{
					Bucket: bucket, WebsiteConfiguration: &types.WebsiteConfiguration{IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}},
				}),
				call(c.s3.DeleteBucketWebsite, s3.DeleteBucketWebsiteInput{Bucket: bucket}),
			},
			here + `website: wanted nothing, got "served"`,
		},
		{
			"browsers",
			change{
				call(c.s3.PutBucketCors, s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{
					CORSRules: []types.CORSRule{{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"GET"}}},
				}}),
				call(c.s3.DeleteBucketCors, s3.DeleteBucketCorsInput{Bucket: bucket}),
			},
			here + `cors: wanted nothing, got {"allowed_headers":`,
		},
		{
			"somebody is told",
			change{notify(types.NotificationConfiguration{EventBridgeConfiguration: &types.EventBridgeConfiguration{}}), notify(types.NotificationConfiguration{})},
			here + `notifications: wanted [], got ["EventBridge"]`,
		},
		{
			"access logs",
			change{log(&types.LoggingEnabled{TargetBucket: aws.String(target.Bucket("site").Name), TargetPrefix: aws.String("")}), log(nil)},
			here + `logging: wanted nothing, got "` + target.Bucket("site").Name + `"`,
		},
		{
			"a tag more", c.bucketTags(b.Name, types.Tag{Key: aws.String("owner"), Value: aws.String("me")}),
			here + `tags.owner: wanted nothing, got "me"`,
		},
		{
			"another time to live",
			c.lifecycleRules(b.Name, func(rules []types.LifecycleRule) []types.LifecycleRule {
				for i, r := range rules {
					if *r.ID == "expire" {
						rules[i].Expiration = &types.LifecycleExpiration{Days: aws.Int32(70)}
					}
				}
				return rules
			}),
			here + `lifecycle.expire.expiration_days: wanted 7, got 70`,
		},
		{
			"a rule that is switched off",
			c.lifecycleRules(b.Name, func(rules []types.LifecycleRule) []types.LifecycleRule {
				for i, r := range rules {
					if *r.ID == "expire" {
						rules[i].Status = types.ExpirationStatusDisabled
					}
				}
				return rules
			}),
			here + `lifecycle.expire.status: wanted "Enabled", got "Disabled"`,
		},
		{
			"somebody else reads",
			c.bucketPolicy(b.Name, `"Statement":[`, `"Statement":[{"Sid":"Share","Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:GetObject","Resource":"`+b.ARN+`/*"},`),
			here + `policy.Share: wanted nothing, got {"Action":["s3:GetObject"],"Effect":"Allow"`,
		},
		{
			"unencrypted uploads", c.bucketPolicy(b.Name, `"s3:x-amz-server-side-encryption":"AES256"`, `"s3:x-amz-server-side-encryption":"aws:kms"`),
			here + `policy.DenyUnencryptedUploads.Condition.StringNotEquals.s3:x-amz-server-side-encryption: wanted ["AES256"], got ["aws:kms"]`,
		},
	}
}

// artifactDrifts change the package of a function.
func artifactDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	bucket := target.Bucket(target.Artifacts).Name
	key := packageKey(t, c, target, "user")
	here := "artifact.user: object " + bucket + "/" + *key + ": "
	var body []byte
	var tags []types.Tag
	read := func(ctx context.Context) error {
		out, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: key})
		if err != nil {
			return err
		}
		defer out.Body.Close()
		if body, err = io.ReadAll(out.Body); err != nil {
			return err
		}
		tagged, err := c.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &bucket, Key: key})
		if err == nil {
			tags = tagged.TagSet
		}
		return err
	}
	tag := func(ctx context.Context) error {
		_, err := c.s3.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: &bucket, Key: key, Tagging: &types.Tagging{TagSet: tags}})
		return err
	}
	write := func(ctx context.Context) error {
		_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &bucket, Key: key, Body: bytes.NewReader(body), ServerSideEncryption: types.ServerSideEncryptionAes256,
		})
		return errors.Join(err, tag(ctx))
	}
	return []drift{
		{
			"other bytes under the same name",
			change{all(read, func(context.Context) error { body = append(body, 0); return nil }, write), func(ctx context.Context) error {
				body = body[:len(body)-1]
				return write(ctx)
			}},
			here + `sha256: wanted "`,
		},
		{
			"tags of a package",
			change{all(read, call(c.s3.DeleteObjectTagging, s3.DeleteObjectTaggingInput{Bucket: &bucket, Key: key})), tag},
			here + `tags.environment: wanted "qa", got nothing` + "\n" + here + `tags.project: wanted "sgraph-send", got nothing`,
		},
		{
			"a package is gone",
			change{all(read, call(c.s3.DeleteObject, s3.DeleteObjectInput{Bucket: &bucket, Key: key})), write},
			here + `exists: wanted yes, got no`,
		},
	}
}

// packageKey is the key of the only package of a function.
func packageKey(t *testing.T, c clients, target environment.Target, label string) *string {
	t.Helper()
	listed, err := c.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String(target.Bucket(target.Artifacts).Name), Prefix: aws.String("packages/" + label + "/"),
	})
	if err != nil || len(listed.Contents) != 1 {
		t.Fatalf("%d packages of %s: %v", len(listed.Contents), label, err)
	}
	return listed.Contents[0].Key
}

// sharedBucketDrifts change a bucket with versions and with rules for browsers.
func sharedBucketDrifts(c clients, target environment.Target) []drift {
	bucket := aws.String(target.Bucket("orders").Name)
	here := "storage.orders: bucket " + *bucket + ": "
	version := func(status types.BucketVersioningStatus) action {
		return call(c.s3.PutBucketVersioning, s3.PutBucketVersioningInput{
			Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
	}
	cors := func(edit func(*types.CORSRule)) change {
		var before []types.CORSRule
		put := func(ctx context.Context, rules ...types.CORSRule) error {
			_, err := c.s3.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: rules}})
			return err
		}
		return change{
			func(ctx context.Context) error {
				out, err := c.s3.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucket})
				if err != nil {
					return err
				}
				before = out.CORSRules
				edited := before[0]
				edit(&edited)
				return put(ctx, edited)
			},
			func(ctx context.Context) error { return put(ctx, before...) },
		}
	}
	return []drift{
		{
			"old versions",
			change{version(types.BucketVersioningStatusSuspended), version(types.BucketVersioningStatusEnabled)},
			here + `versioning: wanted "Enabled", got "Disabled"`,
		},
		{
			"an origin more", cors(func(r *types.CORSRule) { r.AllowedOrigins = []string{"*"} }),
			here + `cors.allowed_origins: wanted ["https://*.shop.example.com","https://shop.example.com"], got ["*"]`,
		},
		{
			"headers that scripts see", cors(func(r *types.CORSRule) { r.ExposeHeaders = nil }),
			here + `cors.exposed_headers: wanted ["ETag"], got []`,
		},
	}
}

// lifecycleRules edits the rules of a bucket, and puts them back.
func (c clients) lifecycleRules(bucket string, edit func([]types.LifecycleRule) []types.LifecycleRule) change {
	put := func(ctx context.Context, rules []types.LifecycleRule) error {
		_, err := c.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
			Bucket: &bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
		})
		return err
	}
	var before []types.LifecycleRule
	return change{
		func(ctx context.Context) error {
			out, err := c.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
			if err != nil {
				return err
			}
			before = out.Rules
			return put(ctx, edit(append([]types.LifecycleRule(nil), before...)))
		},
		func(ctx context.Context) error { return put(ctx, before) },
	}
}

// bucketTags adds a tag, and puts back those that were there.
func (c clients) bucketTags(bucket string, more types.Tag) change {
	put := func(ctx context.Context, tags []types.Tag) error {
		_, err := c.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &bucket, Tagging: &types.Tagging{TagSet: tags}})
		return err
	}
	var before []types.Tag
	return change{
		func(ctx context.Context) error {
			out, err := c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
			if err != nil {
				return err
			}
			before = out.TagSet
			return put(ctx, append(before[:len(before):len(before)], more))
		},
		func(ctx context.Context) error { return put(ctx, before) },
	}
}

// bucketPolicy replaces a text of a bucket's policy, and puts it back.
func (c clients) bucketPolicy(bucket, text, with string) change {
	return rewritten(text, with,
		func(ctx context.Context) (string, error) {
			out, err := c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
			if err != nil {
				return "", err
			}
			return *out.Policy, nil
		},
		func(ctx context.Context, policy string) error {
			_, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
			return err
		})
}

// rewritten replaces a text of a document, and puts the whole back.
func rewritten(text, with string, get func(context.Context) (string, error), put func(context.Context, string) error) change {
	var before string
	return change{
		func(ctx context.Context) (err error) {
			if before, err = get(ctx); err != nil {
				return err
			}
			if !strings.Contains(before, text) {
				return fmt.Errorf("there is no %s in %s", text, before)
			}
			return put(ctx, strings.Replace(before, text, with, 1))
		},
		func(ctx context.Context) error { return put(ctx, before) },
	}
}

package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"golang.org/x/sync/errgroup"
)

// bucketSettings is what a bucket is set to; nil where it is not set to anything.
type bucketSettings struct {
	accelerate  *s3.GetBucketAccelerateConfigurationOutput
	acl         *s3.GetBucketAclOutput
	cors        *s3.GetBucketCorsOutput
	encryption  *s3.GetBucketEncryptionOutput
	lifecycle   *s3.GetBucketLifecycleConfigurationOutput
	logging     *s3.GetBucketLoggingOutput
	objectLock  *s3.GetObjectLockConfigurationOutput
	payment     *s3.GetBucketRequestPaymentOutput
	policy      *s3.GetBucketPolicyOutput
	replication *s3.GetBucketReplicationOutput
	tagging     *s3.GetBucketTaggingOutput
	versioning  *s3.GetBucketVersioningOutput
	website     *s3.GetBucketWebsiteOutput
}

// readBucketSettings makes the calls that the registry provider makes, all at the
// same time.
func readBucketSettings(ctx context.Context, client *s3.Client, name string) (bucketSettings, error) {
	var found bucketSettings
	bucket := aws.String(name)
	group, ctx := errgroup.WithContext(ctx)
	fetch(ctx, group, "accelerate configuration", &found.accelerate, client.GetBucketAccelerateConfiguration,
		&s3.GetBucketAccelerateConfigurationInput{Bucket: bucket}, "UnsupportedArgument", "MethodNotAllowed")
	fetch(ctx, group, "ACL", &found.acl, client.GetBucketAcl, &s3.GetBucketAclInput{Bucket: bucket})
	fetch(ctx, group, "CORS configuration", &found.cors, client.GetBucketCors,
		&s3.GetBucketCorsInput{Bucket: bucket}, "NoSuchCORSConfiguration")
	fetch(ctx, group, "encryption", &found.encryption, client.GetBucketEncryption,
		&s3.GetBucketEncryptionInput{Bucket: bucket}, "ServerSideEncryptionConfigurationNotFoundError")
	fetch(ctx, group, "lifecycle configuration", &found.lifecycle, client.GetBucketLifecycleConfiguration,
		&s3.GetBucketLifecycleConfigurationInput{Bucket: bucket}, "NoSuchLifecycleConfiguration")
	fetch(ctx, group, "logging", &found.logging, client.GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: bucket})
	fetch(ctx, group, "object lock configuration", &found.objectLock, client.GetObjectLockConfiguration,
		&s3.GetObjectLockConfigurationInput{Bucket: bucket}, "ObjectLockConfigurationNotFoundError", "MethodNotAllowed")
	fetch(ctx, group, "request payment", &found.payment, client.GetBucketRequestPayment,
		&s3.GetBucketRequestPaymentInput{Bucket: bucket})
	fetch(ctx, group, "policy", &found.policy, client.GetBucketPolicy,
		&s3.GetBucketPolicyInput{Bucket: bucket}, "NoSuchBucketPolicy")
	fetch(ctx, group, "replication configuration", &found.replication, client.GetBucketReplication,
		&s3.GetBucketReplicationInput{Bucket: bucket}, "ReplicationConfigurationNotFoundError")
	fetch(ctx, group, "tags", &found.tagging, client.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: bucket}, "NoSuchTagSet")
	fetch(ctx, group, "versioning", &found.versioning, client.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: bucket})
	fetch(ctx, group, "website", &found.website, client.GetBucketWebsite,
		&s3.GetBucketWebsiteInput{Bucket: bucket}, "NoSuchWebsiteConfiguration")
	return found, group.Wait()
}

// fetch calls in the background and stores the answer. One of the codes means
// that the bucket has no such setting. An S3 that does not know the setting at all
// is not an error either, as with the registry provider.
func fetch[In, Out any](
	ctx context.Context, group *errgroup.Group, what string, into **Out,
	call func(context.Context, *In, ...func(*s3.Options)) (*Out, error), input *In, codes ...string,
) {
	group.Go(func() error {
		answer, err := call(ctx, input)
		if hasCode(err, append(codes, "NotImplemented", "XNotImplemented")...) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		*into = answer
		return nil
	})
}

func (s bucketSettings) tags() []types.Tag {
	if s.tagging == nil {
		return nil
	}
	return s.tagging.TagSet
}

// set writes the settings into the arguments that read them.
func (s bucketSettings) set(d *schema.ResourceData) error {
	values := map[string]any{
		"acceleration_status":                  "",
		"cors_rule":                            []any{},
		"grant":                                []any{},
		"lifecycle_rule":                       []any{},
		"logging":                              []any{},
		"object_lock_configuration":            []any{},
		"object_lock_enabled":                  false,
		"policy":                               "",
		"replication_configuration":            []any{},
		"request_payer":                        "",
		"server_side_encryption_configuration": []any{},
		"versioning":                           []any{},
		"website":                              []any{},
	}
	if s.accelerate != nil {
		values["acceleration_status"] = string(s.accelerate.Status)
	}
	if s.acl != nil {
		values["grant"] = flattenGrants(s.acl.Grants)
	}
	if s.cors != nil {
		values["cors_rule"] = flattenInlineCORS(s.cors.CORSRules)
	}
	if s.encryption != nil {
		values["server_side_encryption_configuration"] = one(map[string]any{
			"rule": flattenEncryptionRules(s.encryption.ServerSideEncryptionConfiguration),
		})
	}
	if s.lifecycle != nil {
		values["lifecycle_rule"] = flattenInlineLifecycle(s.lifecycle.Rules)
	}
	if s.logging != nil && s.logging.LoggingEnabled != nil {
		values["logging"] = one(map[string]any{
			"target_bucket": aws.ToString(s.logging.LoggingEnabled.TargetBucket),
			"target_prefix": aws.ToString(s.logging.LoggingEnabled.TargetPrefix),
		})
	}
	if s.objectLock != nil && s.objectLock.ObjectLockConfiguration != nil {
		lock := s.objectLock.ObjectLockConfiguration
		values["object_lock_enabled"] = lock.ObjectLockEnabled == types.ObjectLockEnabledEnabled
		values["object_lock_configuration"] = flattenObjectLock(lock)
	}
	if s.payment != nil {
		values["request_payer"] = string(s.payment.Payer)
	}
	if s.policy != nil {
		values["policy"] = keepPolicy(d.Get("policy").(string), aws.ToString(s.policy.Policy))
	}
	if s.replication != nil && s.replication.ReplicationConfiguration != nil {
		values["replication_configuration"] = flattenReplication(s.replication.ReplicationConfiguration)
	}
	if s.versioning != nil {
		values["versioning"] = one(map[string]any{
			"enabled":    s.versioning.Status == types.BucketVersioningStatusEnabled,
			"mfa_delete": s.versioning.MFADelete == types.MFADeleteStatusEnabled,
		})
	}
	if s.website != nil {
		website, err := flattenWebsite(s.website)
		if err != nil {
			return err
		}
		values["website"] = website
	}
	return setAll(d, values)
}

func flattenGrants(grants []types.Grant) []any {
	byGrantee := map[string]map[string]any{}
	var flat []any
	for _, grant := range grants {
		if grant.Grantee == nil {
			continue
		}
		id, uri := aws.ToString(grant.Grantee.ID), aws.ToString(grant.Grantee.URI)
		element, ok := byGrantee[id+" "+uri]
		if !ok {
			element = map[string]any{"id": id, "uri": uri, "type": string(grant.Grantee.Type), "permissions": []any{}}
			byGrantee[id+" "+uri] = element
			flat = append(flat, element)
		}
		element["permissions"] = append(element["permissions"].([]any), string(grant.Permission))
	}
	return flat
}

func flattenInlineCORS(rules []types.CORSRule) []any {
	var flat []any
	for _, rule := range rules {
		flat = append(flat, map[string]any{
			"allowed_headers": rule.AllowedHeaders,
			"allowed_methods": rule.AllowedMethods,
			"allowed_origins": rule.AllowedOrigins,
			"expose_headers":  rule.ExposeHeaders,
			"max_age_seconds": int(aws.ToInt32(rule.MaxAgeSeconds)),
		})
	}
	return flat
}

func flattenInlineLifecycle(rules []types.LifecycleRule) []any {
	var flat []any
	for _, rule := range rules {
		prefix, tags := lifecycleScope(rule)
		element := map[string]any{
			"enabled": rule.Status == types.ExpirationStatusEnabled,
			"id":      aws.ToString(rule.ID),
			"prefix":  prefix,
			"tags":    tags,
		}
		if abort := rule.AbortIncompleteMultipartUpload; abort != nil {
			element["abort_incomplete_multipart_upload_days"] = int(aws.ToInt32(abort.DaysAfterInitiation))
		}
		if expiration := rule.Expiration; expiration != nil {
			element["expiration"] = one(map[string]any{
				"date":                         lifecycleDate(expiration.Date, time.DateOnly),
				"days":                         int(aws.ToInt32(expiration.Days)),
				"expired_object_delete_marker": aws.ToBool(expiration.ExpiredObjectDeleteMarker),
			})
		}
		if expiration := rule.NoncurrentVersionExpiration; expiration != nil {
			element["noncurrent_version_expiration"] = one(map[string]any{"days": int(aws.ToInt32(expiration.NoncurrentDays))})
		}
		var transitions, noncurrent []any
		for _, transition := range rule.Transitions {
			transitions = append(transitions, map[string]any{
				"date":          lifecycleDate(transition.Date, time.DateOnly),
				"days":          int(aws.ToInt32(transition.Days)),
				"storage_class": string(transition.StorageClass),
			})
		}
		for _, transition := range rule.NoncurrentVersionTransitions {
			noncurrent = append(noncurrent, map[string]any{
				"days":          int(aws.ToInt32(transition.NoncurrentDays)),
				"storage_class": string(transition.StorageClass),
			})
		}
		element["transition"], element["noncurrent_version_transition"] = transitions, noncurrent
		flat = append(flat, element)
	}
	return flat
}

// lifecycleScope returns the prefix and the tags of the objects that a rule is for.
func lifecycleScope(rule types.LifecycleRule) (string, map[string]string) {
	filter := rule.Filter
	switch {
	case filter == nil:
		//lint:ignore SA1019 AWS gives the prefix of rules without a filter back here
		return aws.ToString(rule.Prefix), nil
	case filter.And != nil:
		return aws.ToString(filter.And.Prefix), tagMap(filter.And.Tags, s3TagParts)
	case filter.Tag != nil:
		return "", tagMap([]types.Tag{*filter.Tag}, s3TagParts)
	default:
		return aws.ToString(filter.Prefix), nil
	}
}

func flattenObjectLock(lock *types.ObjectLockConfiguration) []any {
	element := map[string]any{"object_lock_enabled": string(lock.ObjectLockEnabled)}
	if lock.Rule != nil && lock.Rule.DefaultRetention != nil {
		retention := lock.Rule.DefaultRetention
		element["rule"] = one(map[string]any{"default_retention": one(map[string]any{
			"days":  int(aws.ToInt32(retention.Days)),
			"mode":  string(retention.Mode),
			"years": int(aws.ToInt32(retention.Years)),
		})})
	}
	return one(element)
}

func flattenReplication(replication *types.ReplicationConfiguration) []any {
	var rules []any
	for _, rule := range replication.Rules {
		element := map[string]any{
			"id":       aws.ToString(rule.ID),
			"priority": int(aws.ToInt32(rule.Priority)),
			"status":   string(rule.Status),
		}
		if to := rule.Destination; to != nil {
			element["destination"] = one(map[string]any{
				"account_id":    aws.ToString(to.Account),
				"bucket":        aws.ToString(to.Bucket),
				"storage_class": string(to.StorageClass),
			})
		}
		if rule.DeleteMarkerReplication != nil {
			element["delete_marker_replication_status"] = string(rule.DeleteMarkerReplication.Status)
		}
		if rule.Filter != nil {
			element["filter"] = one(map[string]any{"prefix": aws.ToString(rule.Filter.Prefix)})
		}
		rules = append(rules, element)
	}
	return one(map[string]any{"role": aws.ToString(replication.Role), "rules": rules})
}

func flattenWebsite(website *s3.GetBucketWebsiteOutput) ([]any, error) {
	element := map[string]any{}
	if website.IndexDocument != nil {
		element["index_document"] = aws.ToString(website.IndexDocument.Suffix)
	}
	if website.ErrorDocument != nil {
		element["error_document"] = aws.ToString(website.ErrorDocument.Key)
	}
	if to := website.RedirectAllRequestsTo; to != nil {
		element["redirect_all_requests_to"] = aws.ToString(to.HostName)
		if to.Protocol != "" {
			element["redirect_all_requests_to"] = string(to.Protocol) + "://" + aws.ToString(to.HostName)
		}
	}
	if len(website.RoutingRules) > 0 {
		rules, err := json.Marshal(website.RoutingRules)
		if err != nil {
			return nil, fmt.Errorf("routing rules of the website: %w", err)
		}
		element["routing_rules"] = string(rules)
	}
	return one(element), nil
}

package standin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// TestEveryTypeIsTried is about the stacks of testdata: there is a resource of each
// type, and each of its arguments that can change in place does so, or is listed.
func TestEveryTypeIsTried(t *testing.T) {
	replaced, changed := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join("testdata", "*", "changes.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("changes: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			kind, _, _ := strings.Cut(words[1], ".")
			if words[0] == "replace" {
				replaced[kind] = true
			} else {
				changed[kind+"."+strings.TrimSuffix(words[2], ":")] = true
			}
		}
	}
	unused := unchanged()
	for name, kind := range resourceTypes() {
		if !replaced[name] && unused[name] == "" {
			t.Errorf("%s is replaced by no stack", name)
		}
		delete(unused, name)
		if kind.update == nil {
			continue
		}
		attributes := map[string]*schema.Schema{}
		for argument, s := range kind.attributes {
			if kind.refused[argument] == "" {
				attributes[argument] = s
			}
		}
		for _, path := range updatable(name, attributes) {
			if !isChanged(changed, path) && !isListed(unused, path) {
				t.Errorf("%s is changed by no stack", path)
			}
		}
	}
	for path := range unused {
		if !strings.HasSuffix(path, " used") && unused[path+" used"] == "" {
			t.Errorf("%s is listed, and there is no need", path)
		}
	}
}

// updatable lists the arguments whose changes need no replacement, by path.
func updatable(path string, attributes map[string]*schema.Schema) []string {
	var found []string
	for name, s := range attributes {
		here := path + "." + name
		if s.ForceNew || !s.Required && !s.Optional {
			continue
		}
		if inner, ok := s.Elem.(*schema.Resource); ok && len(inner.Schema) > 0 {
			found = append(found, updatable(here, inner.Schema)...)
			continue
		}
		found = append(found, here)
	}
	return found
}

// isChanged looks for a path, or the keys of a map below it.
func isChanged(changed map[string]bool, path string) bool {
	for other := range changed {
		if other == path || strings.HasPrefix(other, path+".") {
			return true
		}
	}
	return false
}

// isListed looks for a path or what it is part of, and marks what it found.
func isListed(unused map[string]string, path string) bool {
	for at := path; strings.Contains(at, "."); at = at[:strings.LastIndex(at, ".")] {
		if unused[at] != "" {
			unused[at+" used"] = "yes"
			return true
		}
	}
	return false
}

// unchanged are the arguments that no stack changes, and why. A path stands for all
// that is below it.
func unchanged() map[string]string {
	const (
		locked  = "an object that is locked could not be destroyed"
		needed  = "the stack needs it as it is, to be destroyed"
		network = "the local cloud has no networks"
		inPlace = "everything about it changes in place"
		other   = "another argument for the same thing is changed"
	)
	listed := map[string]string{
		"aws_cloudfront_cache_policy":            inPlace,
		"aws_cloudfront_origin_access_control":   inPlace,
		"aws_cloudfront_origin_request_policy":   inPlace,
		"aws_cloudfront_response_headers_policy": inPlace,
	}
	for reason, paths := range map[string][]string{
		needed: {
			"aws_cloudfront_distribution.retain_on_delete", "aws_cloudwatch_log_group.skip_destroy",
			"aws_lambda_function.skip_destroy", "aws_s3_bucket.force_destroy",
			"aws_secretsmanager_secret.recovery_window_in_days",
		},
		network: {
			"aws_cloudfront_distribution.origin.vpc_origin_config", "aws_lambda_function.file_system_config",
			"aws_lambda_function.replace_security_groups_on_destroy", "aws_lambda_function.replacement_security_group_ids",
			"aws_lambda_function.vpc_config",
		},
		locked: {
			"aws_s3_object.object_lock_legal_hold_status", "aws_s3_object.object_lock_mode", "aws_s3_object.object_lock_retain_until_date",
		},
		"a device of the root user must agree":             {"aws_s3_bucket_versioning.mfa", "aws_s3_bucket_versioning.versioning_configuration.mfa_delete"},
		"TestWriteOnlyValuesAreNowhere changes it":         {"aws_secretsmanager_secret_version.secret_string_wo", "aws_ssm_parameter.value_wo", "aws_ssm_parameter.value_wo_version"},
		"it is about how a value is written":               {"aws_ssm_parameter.overwrite"},
		"it can only be empty, which tags_all shows":       {"aws_s3_object.override_provider"},
		"the local cloud has no code signing":              {"aws_lambda_function.code_signing_config_arn"},
		"the local cloud has no queues":                    {"aws_lambda_function.dead_letter_config"},
		"it has no arguments":                              {"aws_s3_bucket_logging.target_object_key_format.simple_prefix"},
		"secrets have no replicas in the local cloud":      {"aws_secretsmanager_secret.force_overwrite_replica_secret"},
		"the edge needs a certificate, which ACM issues":   {"aws_cloudfront_distribution.aliases", "aws_cloudfront_distribution.viewer_certificate"},
		"functions run from archives, not from images":     {"aws_lambda_function.image_config", "aws_lambda_function.image_uri"},
		"the origin says what signs for it":                {"aws_cloudfront_origin_access_control.origin_access_control_origin_type", "aws_cloudfront_origin_access_control.signing_protocol"},
		"downgrading to Standard replaces it":              {"aws_ssm_parameter.tier"},
		"the id of an import, in an argument of the state": {"aws_ssm_parameter.arn"},
		other: {
			"aws_lambda_function.filename", "aws_lambda_function.s3_bucket", "aws_lambda_function.s3_key",
			"aws_lambda_function.s3_object_version", "aws_s3_bucket_lifecycle_configuration.rule.prefix",
			"aws_s3_object.content_base64", "aws_s3_object.source",
			"aws_s3_bucket_lifecycle_configuration.rule.filter.object_size_greater_than",
			"aws_s3_bucket_lifecycle_configuration.rule.filter.object_size_less_than",
			"aws_s3_bucket_lifecycle_configuration.rule.transition.date",
		},
		"it fails where the other XSS arguments are set":       {"aws_cloudfront_response_headers_policy.security_headers_config.xss_protection.protection"},
		"two elements trade it, which these paths do not tell": {"aws_cloudwatch_metric_alarm.metric_query.return_data"},
		"the edge of the local cloud has no such thing": {
			"aws_cloudfront_distribution.anycast_ip_list_id",
			"aws_cloudfront_distribution.default_cache_behavior.field_level_encryption_id",
			"aws_cloudfront_distribution.default_cache_behavior.grpc_config",
			"aws_cloudfront_distribution.default_cache_behavior.lambda_function_association",
			"aws_cloudfront_distribution.default_cache_behavior.realtime_log_config_arn",
			"aws_cloudfront_distribution.default_cache_behavior.smooth_streaming",
			"aws_cloudfront_distribution.default_cache_behavior.trusted_key_groups",
			"aws_cloudfront_distribution.default_cache_behavior.trusted_signers",
			"aws_cloudfront_distribution.logging_config",
			"aws_cloudfront_distribution.ordered_cache_behavior.field_level_encryption_id",
			"aws_cloudfront_distribution.ordered_cache_behavior.grpc_config",
			"aws_cloudfront_distribution.ordered_cache_behavior.lambda_function_association",
			"aws_cloudfront_distribution.ordered_cache_behavior.realtime_log_config_arn",
			"aws_cloudfront_distribution.ordered_cache_behavior.smooth_streaming",
			"aws_cloudfront_distribution.ordered_cache_behavior.trusted_key_groups",
			"aws_cloudfront_distribution.ordered_cache_behavior.trusted_signers",
			"aws_cloudfront_distribution.origin.s3_origin_config", "aws_cloudfront_distribution.web_acl_id",
			"aws_cloudfront_distribution.origin_group", "aws_cloudfront_function.key_value_store_associations",
		},
		"a cache policy takes its place": {
			"aws_cloudfront_distribution.default_cache_behavior.default_ttl", "aws_cloudfront_distribution.default_cache_behavior.forwarded_values",
			"aws_cloudfront_distribution.default_cache_behavior.max_ttl", "aws_cloudfront_distribution.default_cache_behavior.min_ttl",
		},
	} {
		for _, path := range paths {
			listed[path] = reason
		}
	}
	return listed
}

package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// TestDistributionSurvivesTheTripToCloudFront is for what no local cloud serves: what
// is sent must come back as the same arguments.
func TestDistributionSurvivesTheTripToCloudFront(t *testing.T) {
	block := func(content map[string]any) []any { return []any{content} }
	config := map[string]any{
		"aliases":            []any{"b.example.com", "a.example.com"},
		"anycast_ip_list_id": "aip_1",
		"enabled":            true,
		"logging_config":     block(map[string]any{"bucket": "logs.s3.amazonaws.com", "include_cookies": true, "prefix": "edge/"}),
		"web_acl_id":         "arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/1",
		"origin": []any{
			map[string]any{
				"origin_id": "first", "domain_name": "a.s3.amazonaws.com", "origin_path": "/x",
				"origin_shield":    block(map[string]any{"enabled": true, "origin_shield_region": "eu-west-2"}),
				"s3_origin_config": block(map[string]any{"origin_access_identity": "origin-access-identity/cloudfront/E1"}),
			},
			map[string]any{
				"origin_id": "second", "domain_name": "b.example.com", "response_completion_timeout": 60,
				"vpc_origin_config": block(map[string]any{"vpc_origin_id": "vo_1", "owner_account_id": "111122223333"}),
			},
			map[string]any{
				"origin_id": "third", "domain_name": "c.example.com",
				"custom_origin_config": block(map[string]any{
					"http_port": 80, "https_port": 443, "ip_address_type": "dualstack",
					"origin_protocol_policy": "https-only", "origin_ssl_protocols": []any{"TLSv1.2"},
				}),
			},
		},
		"origin_group": []any{map[string]any{
			"origin_id":         "either",
			"failover_criteria": block(map[string]any{"status_codes": []any{500, 502}}),
			"member":            []any{map[string]any{"origin_id": "second"}, map[string]any{"origin_id": "first"}},
		}},
		"default_cache_behavior": block(map[string]any{
			"target_origin_id": "either", "viewer_protocol_policy": "https-only", "cache_policy_id": "1",
			"allowed_methods": []any{"GET", "HEAD"}, "cached_methods": []any{"GET", "HEAD"},
			"grpc_config":             block(map[string]any{"enabled": true}),
			"realtime_log_config_arn": "arn:aws:cloudfront::111122223333:realtime-log-config/l",
			"smooth_streaming":        true,
			"trusted_key_groups":      []any{"g2", "g1"},
			"trusted_signers":         []any{"self"},
			"lambda_function_association": []any{map[string]any{
				"event_type": "origin-request", "include_body": true, "lambda_arn": "arn:aws:lambda:us-east-1:111122223333:function:f:1",
			}},
		}),
		"ordered_cache_behavior": []any{map[string]any{
			"path_pattern": "/b/*", "target_origin_id": "third", "viewer_protocol_policy": "allow-all",
			"allowed_methods": []any{"GET", "HEAD"}, "cached_methods": []any{"GET", "HEAD"},
			"field_level_encryption_id": "C1", "default_ttl": 2, "max_ttl": 3, "min_ttl": 1,
			"forwarded_values": block(map[string]any{
				"query_string": true, "query_string_cache_keys": []any{"z", "a"}, "headers": []any{"Origin"},
				"cookies": block(map[string]any{"forward": "whitelist", "whitelisted_names": []any{"s"}}),
			}),
		}},
		"custom_error_response": []any{map[string]any{"error_code": 404, "response_code": 200, "response_page_path": "/x"}},
		"restrictions": block(map[string]any{
			"geo_restriction": block(map[string]any{"restriction_type": "blacklist", "locations": []any{"AQ"}}),
		}),
		"viewer_certificate": block(map[string]any{
			"acm_certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/c", "ssl_support_method": "sni-only",
			"minimum_protocol_version": "TLSv1.2_2021",
		}),
	}
	sent := schema.TestResourceDataRaw(t, distributionAttributes(), config)
	expanded := distributionConfig(sent)
	back := schema.TestResourceDataRaw(t, distributionAttributes(), nil)
	if err := setAll(back, distributionValues(expanded)); err != nil {
		t.Fatal(err)
	}
	sent.SetId("E1")
	back.SetId("E1")
	want, got := sent.State().Attributes, back.State().Attributes
	// What CloudFront alone decides, or never hears of.
	for _, name := range []string{"caller_reference", "logging_v1_enabled", "retain_on_delete", "wait_for_deployment"} {
		delete(want, name)
		delete(got, name)
	}
	// Nothing and the empty value are the same in Terraform.
	for _, attributes := range []map[string]string{want, got} {
		for name, value := range attributes {
			if value == "" || value == "0" || value == "false" {
				delete(attributes, name)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-configured +come back):\n%s", diff)
	}
	if len(want) < 80 {
		t.Errorf("only %d arguments were compared", len(want))
	}
}

func TestOneSourceOfCertificates(t *testing.T) {
	for name, test := range map[string]struct {
		block         map[string]any
		acm, iam, own bool
		method, least string
	}{
		"CloudFront's": {
			block: map[string]any{"cloudfront_default_certificate": true, "ssl_support_method": "sni-only"},
			own:   true, least: "TLSv1",
		},
		"ACM's": {
			block: map[string]any{"acm_certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/c", "ssl_support_method": "sni-only"},
			acm:   true, method: "sni-only", least: "TLSv1",
		},
		"IAM's before ACM's": {
			block: map[string]any{
				"acm_certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/c", "iam_certificate_id": "A",
				"minimum_protocol_version": "TLSv1.2_2021", "ssl_support_method": "vip",
			},
			iam: true, method: "vip", least: "TLSv1.2_2021",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := schema.TestResourceDataRaw(t, distributionAttributes(), map[string]any{"viewer_certificate": []any{test.block}})
			got := viewerCertificate(d)
			if (got.ACMCertificateArn != nil) != test.acm || (got.IAMCertificateId != nil) != test.iam ||
				(got.CloudFrontDefaultCertificate != nil) != test.own ||
				string(got.SSLSupportMethod) != test.method || string(got.MinimumProtocolVersion) != test.least {
				t.Errorf("got %+v", got)
			}
		})
	}
}

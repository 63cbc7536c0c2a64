package standin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func TestSchemaIsValid(t *testing.T) {
	if err := newProvider(Options{}).schema.InternalValidate(); err != nil {
		t.Fatal(err)
	}
}

// referenceSchema is what hashicorp/aws 5.46 has. It lies beside the repository,
// because it is a measurement and not part of it.
const referenceSchema = "../../../shared/reference/provider-5.46-schema.json"

// attributes is a level of the reference: the arguments of a type or of a block.
type attributes map[string]attribute

type attribute struct {
	Type          string     `json:"type"`
	Elem          string     `json:"elem"`
	Required      bool       `json:"required"`
	Optional      bool       `json:"optional"`
	Computed      bool       `json:"computed"`
	ForceNew      bool       `json:"force_new"`
	Sensitive     bool       `json:"sensitive"`
	Deprecated    bool       `json:"deprecated"`
	MinItems      int        `json:"min_items"`
	MaxItems      int        `json:"max_items"`
	Default       any        `json:"default"`
	ConflictsWith []string   `json:"conflicts_with"`
	ExactlyOneOf  []string   `json:"exactly_one_of"`
	Block         attributes `json:"block"`
}

// differences are the deliberate ones, by path: why the stand-in is not as 5.46.
func differences() map[string]string {
	found := map[string]string{
		"aws_s3_bucket.bucket_region":      "new in 6.0",
		"aws_s3_object.checksum_crc64nvme": "new in 5.8x",

		"aws_s3_bucket_lifecycle_configuration.rule.expiration.expired_object_delete_marker": "planned as false from 5.9x",

		"aws_s3_bucket_lifecycle_configuration.transition_default_minimum_object_size": "new in 5.7x",
		"aws_lambda_function.code_sha256":                                              "new in 5.7x, an argument in 6.x",
		"aws_iam_role.inline_policy":                                                   "deprecated in 6.x",
		"aws_iam_role.managed_policy_arns":                                             "deprecated in 6.x",
		"aws_lambda_permission.invoked_via_function_url":                               "new in 6.28",
		"aws_ssm_parameter.overwrite":                                                  "deprecated in 5.46 only",
		"data.aws_iam_policy_document.minified_json":                                   "new in 5.5x",
		"aws_lambda_layer_version.code_sha256":                                         "new in 5.6x",
		"aws_iam_openid_connect_provider.client_id_list":                               "changes in place from 5.7x",
		"aws_iam_openid_connect_provider.thumbprint_list":                              "IAM finds it out itself from 5.8x",

		"aws_cloudfront_distribution.anycast_ip_list_id":                          "new in 6.3",
		"aws_cloudfront_distribution.default_cache_behavior.grpc_config":          "new in 5.83",
		"aws_cloudfront_distribution.logging_config.bucket":                       "optional in 6.x, for logging that is configured elsewhere",
		"aws_cloudfront_distribution.logging_v1_enabled":                          "new in 6.x",
		"aws_cloudfront_distribution.ordered_cache_behavior.grpc_config":          "new in 5.83",
		"aws_cloudfront_distribution.origin.custom_origin_config.ip_address_type": "new in 6.15",
		"aws_cloudfront_distribution.origin.response_completion_timeout":          "new in 6.13",
		"aws_cloudfront_distribution.origin.vpc_origin_config":                    "new in 5.8x",
		"aws_cloudfront_response_headers_policy.etag":                             "read-only from 6.0",
	}
	for _, name := range []string{
		"aws_cloudfront_cache_policy", "aws_cloudfront_origin_access_control", "aws_cloudfront_origin_request_policy",
		"aws_cloudfront_response_headers_policy", "data.aws_cloudfront_cache_policy", "data.aws_cloudfront_origin_request_policy",
	} {
		found[name+".arn"] = "new in 5.8x"
	}
	const writeOnly = "write-only arguments are new in 5.8x"
	for _, path := range []string{
		"aws_secretsmanager_secret_version.has_secret_string_wo", "aws_secretsmanager_secret_version.secret_binary",
		"aws_secretsmanager_secret_version.secret_string", "aws_secretsmanager_secret_version.secret_string_wo",
		"aws_secretsmanager_secret_version.secret_string_wo_version",
		"aws_ssm_parameter.has_value_wo", "aws_ssm_parameter.insecure_value", "aws_ssm_parameter.value",
		"aws_ssm_parameter.value_wo", "aws_ssm_parameter.value_wo_version",
	} {
		found[path] = writeOnly
	}
	for name, kind := range resourceTypes() {
		if unmeasured()[name] != "" {
			continue
		}
		if !kind.global {
			found[name+".region"] = "an argument of every regional resource from 6.0"
		}
		if _, ok := kind.attributes["expected_bucket_owner"]; ok {
			found[name+".expected_bucket_owner"] = "deprecated from 6.31"
		}
	}
	return found
}

// unmeasured are the types that the reference does not have, and what they are held
// to in its place.
func unmeasured() map[string]string {
	return map[string]string{
		"aws_secretsmanager_secret_policy": "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/secretsmanager_secret_policy",
	}
}

func TestSchemaAgreesWithReference(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash(referenceSchema))
	if os.IsNotExist(err) {
		t.Skipf("the reference %s is not here", referenceSchema)
	}
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Resource, Data map[string]struct {
			Attributes attributes `json:"attributes"`
			Timeouts   []string   `json:"timeouts"`
		}
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	served := newProvider(Options{}).schema
	unused := differences()
	for name, resource := range served.ResourcesMap {
		wanted, ok := reference.Resource[name]
		if ok == (unmeasured()[name] != "") {
			t.Errorf("%s is listed as unmeasured: %t", name, ok)
		}
		if unmeasured()[name] != "" {
			continue
		}
		if !ok {
			t.Errorf("%s is not in the reference", name)
			continue
		}
		compare(t, name, wanted.Attributes, resource.Schema, unused)
		if diff := cmp.Diff(wanted.Timeouts, timeouts(resource.Timeouts)); diff != "" {
			t.Errorf("%s: timeouts (-reference +stand-in):\n%s", name, diff)
		}
	}
	for name, wanted := range reference.Data {
		if resource, ok := served.DataSourcesMap[name]; ok {
			compare(t, "data."+name, wanted.Attributes, resource.Schema, unused)
		} else {
			t.Errorf("the data source %s is not served", name)
		}
	}
	for name := range reference.Resource {
		if _, ok := served.ResourcesMap[name]; !ok {
			t.Errorf("the resource type %s is not served", name)
		}
	}
	for path := range unused {
		t.Errorf("%s is listed as a difference and is none", path)
	}
}

// compare crosses off the differences that it comes across.
func compare(t *testing.T, path string, wanted attributes, got map[string]*schema.Schema, unused map[string]string) {
	t.Helper()
	names := map[string]bool{}
	for name := range wanted {
		names[name] = true
	}
	for name := range got {
		names[name] = true
	}
	for name := range names {
		here := path + "." + name
		reference, inReference := wanted[name]
		served, isServed := got[name]
		described := attribute{}
		if isServed {
			described = describe(served)
		}
		reference.ConflictsWith = sorted(reference.ConflictsWith)
		reference.ExactlyOneOf = sorted(reference.ExactlyOneOf)
		block := reference.Block
		reference.Block = nil
		diff := cmp.Diff(reference, described)
		if inReference != isServed {
			diff = cmp.Diff(inReference, isServed)
		}
		if diff != "" {
			if unused[here] == "" {
				t.Errorf("%s (-reference +stand-in):\n%s", here, diff)
			}
			delete(unused, here)
		}
		if inner, ok := elem(served); ok && inReference {
			compare(t, here, block, inner.Schema, unused)
		}
	}
}

func elem(s *schema.Schema) (*schema.Resource, bool) {
	if s == nil {
		return nil, false
	}
	inner, ok := s.Elem.(*schema.Resource)
	return inner, ok
}

// describe writes a schema as the reference does.
func describe(s *schema.Schema) attribute {
	kinds := map[schema.ValueType]string{
		schema.TypeBool: "bool", schema.TypeInt: "number(int)", schema.TypeFloat: "number", schema.TypeString: "string",
		schema.TypeList: "list", schema.TypeSet: "set", schema.TypeMap: "map",
	}
	described := attribute{
		Type: kinds[s.Type], Required: s.Required, Optional: s.Optional, Computed: s.Computed,
		ForceNew: s.ForceNew, Sensitive: s.Sensitive, Deprecated: s.Deprecated != "",
		MinItems: s.MinItems, MaxItems: s.MaxItems, Default: s.Default,
		ConflictsWith: sorted(s.ConflictsWith), ExactlyOneOf: sorted(s.ExactlyOneOf),
	}
	if inner, ok := s.Elem.(*schema.Schema); ok {
		described.Elem = kinds[inner.Type]
	}
	if number, ok := s.Default.(int); ok {
		described.Default = float64(number)
	}
	return described
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func timeouts(t *schema.ResourceTimeout) []string {
	if t == nil {
		return nil
	}
	var found []string
	for name, limit := range map[string]bool{
		"create": t.Create != nil, "delete": t.Delete != nil, "read": t.Read != nil, "update": t.Update != nil,
	} {
		if limit {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

func TestEveryDeprecationNamesAWayOut(t *testing.T) {
	for name, resource := range newProvider(Options{}).schema.ResourcesMap {
		for argument, s := range resource.Schema {
			if s.Deprecated != "" && len(strings.Fields(s.Deprecated)) < 2 {
				t.Errorf("%s.%s: %q", name, argument, s.Deprecated)
			}
		}
	}
}

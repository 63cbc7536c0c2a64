package standin_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sendform/generator/localcloud"
	"sendform/generator/standin"
)

// referenceCalls is which calls hashicorp/aws 5.46 made for the stack. It lies beside
// the repository, as the stack does.
const referenceCalls = "../../../shared/reference/provider-5.46-api-calls.md"

// callDifferences are the deliberate ones, by phase, service and operation: why the
// stand-in calls what 5.46 does not, or does not call what it does.
func callDifferences() map[string]string {
	const (
		tags = "6.x asks for the tags of a log group by its ARN"
		user = "where validation is skipped, as in this stack and not in rendered files, 5.46 asks IAM for the account, and the stand-in STS"
	)
	return map[string]string{
		"apply logs ListTagsForResource": tags, "plan logs ListTagsForResource": tags, "destroy logs ListTagsForResource": tags,
		"apply logs ListTagsLogGroup": tags, "plan logs ListTagsLogGroup": tags, "destroy logs ListTagsLogGroup": tags,
		"apply iam GetUser": user, "plan iam GetUser": user, "destroy iam GetUser": user,
	}
}

// compareCalls compares which operations were called in each phase. How often is not
// compared: 5.46 waits until what it reads has been the same for a while.
func compareCalls(t *testing.T, calls map[string][]localcloud.Call) {
	t.Helper()
	reference := readReferenceCalls(t)
	unused := callDifferences()
	for phase, list := range calls {
		got := map[string]bool{}
		for _, call := range list {
			got[phase+" "+call.Service+" "+call.Operation] = true
		}
		wanted := reference[phase]
		if len(wanted) < 40 {
			t.Errorf("the reference has only %d operations for %s", len(wanted), phase)
		}
		for _, call := range slices.Sorted(maps.Keys(got)) {
			if !wanted[call] {
				different(t, call, "is called, and was not by 5.46", unused)
			}
		}
		for _, call := range slices.Sorted(maps.Keys(wanted)) {
			if !got[call] {
				different(t, call, "is not called, and was by 5.46", unused)
			}
		}
	}
	for call := range unused {
		t.Errorf("%s is listed as a difference and is none", call)
	}
}

// readReferenceCalls returns the operations of each phase: phase, service and name.
func readReferenceCalls(t *testing.T) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(referenceCalls))
	if err != nil {
		t.Fatal(err)
	}
	names := operations()
	found, phase := map[string]map[string]bool{}, ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			phase = strings.TrimSuffix(strings.Fields(heading)[0], ":")
			found[phase] = map[string]bool{}
		}
		// Times, service, operation and status; what REST has for an operation is two words.
		if phase == "" || len(words) < 4 || words[0] == "##" {
			continue
		}
		service, operation := words[1], strings.Join(words[2:len(words)-1], " ")
		if named, ok := names[service+" "+operation]; ok {
			operation = named
		} else if strings.Contains(operation, " ") {
			t.Errorf("nothing says which operation %s %s is", service, operation)
		}
		_, name, hasPrefix := strings.Cut(operation, ".")
		if !hasPrefix {
			name = operation
		}
		found[phase][phase+" "+service+" "+name] = true
	}
	return found
}

// operations names the requests of REST services.
func operations() map[string]string {
	const (
		distribution = "/2020-05-31/distribution"
		control      = "/2020-05-31/origin-access-control"
		function     = "/2015-03-31/functions/{function}"
		url          = "/2021-10-31/functions/{function}/url?Qualifier"
		layer        = "/2018-10-31/layers/{layer}/versions"
	)
	names := map[string]string{
		"cloudfront DELETE " + distribution + "/{id}":     "DeleteDistribution",
		"cloudfront GET " + distribution + "/{id}":        "GetDistribution",
		"cloudfront POST " + distribution + "?WithTags":   "CreateDistributionWithTags",
		"cloudfront PUT " + distribution + "/{id}/config": "UpdateDistribution",
		"cloudfront DELETE " + control + "/{id}":          "DeleteOriginAccessControl",
		"cloudfront GET " + control + "/{id}":             "GetOriginAccessControl",
		"cloudfront POST " + control:                      "CreateOriginAccessControl",
		"cloudfront GET /2020-05-31/tagging?Resource":     "ListTagsForResource",

		"lambda POST /2015-03-31/functions":                               "CreateFunction",
		"lambda GET " + function:                                          "GetFunction",
		"lambda DELETE " + function:                                       "DeleteFunction",
		"lambda GET " + function + "/versions?MaxItems":                   "ListVersionsByFunction",
		"lambda GET /2020-06-30/functions/{function}/code-signing-config": "GetFunctionCodeSigningConfig",
		"lambda POST " + function + "/aliases":                            "CreateAlias",
		"lambda GET " + function + "/aliases/{alias}":                     "GetAlias",
		"lambda DELETE " + function + "/aliases/{alias}":                  "DeleteAlias",
		"lambda POST " + function + "/policy?Qualifier":                   "AddPermission",
		"lambda GET " + function + "/policy?Qualifier":                    "GetPolicy",
		"lambda DELETE " + function + "/policy/{sid}?Qualifier":           "RemovePermission",
		"lambda POST " + url:                                              "CreateFunctionUrlConfig", "lambda GET " + url: "GetFunctionUrlConfig",
		"lambda DELETE " + url: "DeleteFunctionUrlConfig", "lambda POST " + layer: "PublishLayerVersion",
		"lambda GET " + layer + "/1": "GetLayerVersion", "lambda DELETE " + layer + "/1": "DeleteLayerVersion",

		"s3 PUT /{bucket}": "CreateBucket", "s3 HEAD /{bucket}": "HeadBucket", "s3 DELETE /{bucket}": "DeleteBucket",
		"s3 GET /{bucket}?prefix&versions": "ListObjectVersions",
		"s3 PUT /{bucket}/{key}?x-id":      "PutObject", "s3 HEAD /{bucket}/{key}": "HeadObject",
		"s3 DELETE /{bucket}/{key}?versionId&x-id": "DeleteObject", "s3 GET /{bucket}/{key}?tagging": "GetObjectTagging",
		"s3 GET /{bucket}?object-lock": "GetObjectLockConfiguration",
	}
	for parameter, noun := range map[string]string{
		"accelerate": "BucketAccelerateConfiguration", "acl": "BucketAcl", "cors": "BucketCors", "encryption": "BucketEncryption",
		"logging": "BucketLogging", "ownershipControls": "BucketOwnershipControls", "policy": "BucketPolicy",
		"publicAccessBlock": "PublicAccessBlock", "replication": "BucketReplication", "requestPayment": "BucketRequestPayment",
		"tagging": "BucketTagging", "versioning": "BucketVersioning", "website": "BucketWebsite",
		"lifecycle": "BucketLifecycleConfiguration",
	} {
		for method, verb := range map[string]string{"GET": "Get", "PUT": "Put", "DELETE": "Delete"} {
			names["s3 "+method+" /{bucket}?"+parameter] = verb + noun
		}
	}
	names["s3 DELETE /{bucket}?lifecycle"] = "DeleteBucketLifecycle" // the one without a configuration in its name
	return names
}

// unmeasuredCalls are the types that the reference's stack has none of. The calls that
// read them are listed by hand, in the stacks of TestStacks.
func unmeasuredCalls() []string {
	return []string{
		"aws_cloudfront_cache_policy", "aws_cloudfront_function", "aws_cloudfront_origin_request_policy",
		"aws_cloudfront_response_headers_policy", "aws_cloudwatch_metric_alarm", "aws_iam_openid_connect_provider",
		"aws_s3_bucket_logging", "aws_s3_bucket_policy", "aws_secretsmanager_secret_policy",
	}
}

// TestEveryTypesCallsAreCompared is about the reference's stack: it has a resource of
// each type whose calls are compared.
func TestEveryTypesCallsAreCompared(t *testing.T) {
	stack, err := os.ReadFile(filepath.FromSlash(referenceStack))
	if os.IsNotExist(err) {
		t.Skipf("the reference %s is not here", referenceStack)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name := range standin.Schema().ResourcesMap {
		measured := strings.Contains(string(stack), "resource \""+name+"\" ")
		if measured == slices.Contains(unmeasuredCalls(), name) {
			t.Errorf("%s is in the reference's stack: %t", name, measured)
		}
	}
}

package modulecheck_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/modulecheck"
	"sendform/generator/providerschema"
)

// callee is the module that tests call as "../callee".
const callee = `
variable "name" {
  type     = string
  nullable = false
}
variable "size" {
  type    = number
  default = 1
}
variable "rules" {
  type    = list(object({ id = string, days = optional(number) }))
  default = []
}
variable "token" {
  type      = string
  default   = null
  ephemeral = true
}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
output "arn" {
  value = aws_s3_bucket.this.arn
}
`

func check(t *testing.T, text string) (modulecheck.Module, []string) {
	t.Helper()
	checker := modulecheck.Checker{Schemas: &providerschema.Schemas{}}
	called, diags := checker.Check(parse(t, callee))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	checker.Called = func(source string) (modulecheck.Module, bool) { return called, source == "../callee" }
	module, diags := checker.Check(parse(t, text))
	var found []string
	for _, d := range diags {
		found = append(found, fmt.Sprintf("%d: %s: %s", d.Subject.Start.Line, d.Summary, d.Detail))
	}
	return module, found
}

func parse(t *testing.T, text string) *hclsyntax.Body {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(strings.TrimSpace(text)), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return file.Body.(*hclsyntax.Body)
}

func TestMistakes(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string // beginnings
	}{
		"unknown type": {`resource "aws_s3_buckett" "a" {}`, []string{
			`1: Unknown type: The provider's schema has no resource "aws_s3_buckett"; did you mean "aws_s3_bucket"?`,
		}},
		"unknown argument": {`resource "aws_s3_bucket" "a" {
  force_destory = true
}`, []string{`2: Unsupported argument: aws_s3_bucket.a has no argument "force_destory"; did you mean "force_destroy"?`}},
		"nothing like it": {`resource "aws_s3_bucket_versioning" "a" {
  bucket = "b"
  versioning_configuration {
    status  = "Enabled"
    colours = 2
  }
}`, []string{`5: Unsupported argument: aws_s3_bucket_versioning.a.versioning_configuration has no argument "colours". Allowed: mfa_delete, status.`}},
		"missing argument": {`resource "aws_s3_bucket_policy" "a" {
  bucket = "b"
}`, []string{`1: Missing argument: aws_s3_bucket_policy.a needs the argument "policy".`}},
		"required and null": {`resource "aws_s3_bucket_policy" "a" {
  bucket = null
  policy = "{}"
}`, []string{`2: Missing argument: aws_s3_bucket_policy.a needs the argument "bucket"; it cannot be null.`}},
		"missing block": {`resource "aws_s3_bucket_versioning" "a" {
  bucket = "b"
}`, []string{`1: Missing block: aws_s3_bucket_versioning.a needs at least 1 block "versioning_configuration".`}},
		"too many blocks": {`resource "aws_lambda_function" "a" {
  function_name = "f"
  role          = "r"
  s3_bucket     = "b"
  s3_key        = "k"
  environment {}
  environment {}
}`, []string{`7: Too many blocks: aws_lambda_function.a takes at most 1 block "environment".`}},
		"unknown block": {`resource "aws_s3_bucket_lifecycle_configuration" "a" {
  bucket = "b"
  rule {
    id     = "x"
    status = "Enabled"
    expire {}
  }
}`, []string{`6: Unsupported block: aws_s3_bucket_lifecycle_configuration.a.rule has no block "expire". Allowed: `}},
		"within a dynamic block": {`resource "aws_s3_bucket_lifecycle_configuration" "a" {
  bucket = "b"
  dynamic "rule" {
    for_each = [1]
    content {
      id     = "x"
      statu  = rule.valu
    }
  }
}`, []string{
			`7: Unknown reference: rule has no "valu"; did you mean "value"?`,
			`7: Unsupported argument: aws_s3_bucket_lifecycle_configuration.a.rule has no argument "statu"; did you mean "status"?`,
			`5: Missing argument: aws_s3_bucket_lifecycle_configuration.a.rule needs the argument "status".`,
		}},
		"a block as an argument": {`resource "aws_lambda_function" "a" {
  function_name = "f"
  role          = "r"
  s3_bucket     = "b"
  environment   = {}
}`, []string{`5: Unsupported argument: aws_lambda_function.a has a block "environment", not an argument: write environment { … }.`}},
		"an argument as a block": {`resource "aws_s3_object" "a" {
  bucket = "b"
  key    = "k"
  metadata {}
}`, []string{`4: Unsupported block: aws_s3_object.a has an argument "metadata", not a block: write metadata = ….`}},
		"what AWS answers": {`resource "aws_s3_bucket" "a" {
  arn = "x"
}`, []string{`2: Unsupported argument: aws_s3_bucket.a.arn is what AWS answers; it cannot be set.`}},
		"deprecated": {`resource "aws_s3_bucket_policy" "a" {
  bucket = "b"
  policy = "{}"
}
resource "aws_iam_role" "a" {
  assume_role_policy  = "{}"
  managed_policy_arns = ["x"]
}`, []string{`7: Deprecated: aws_iam_role.a.managed_policy_arns is deprecated: `}},
		"wrong type": {`resource "aws_lambda_function" "a" {
  function_name = "f"
  role          = "r"
  s3_bucket     = "b"
  memory_size   = "much"
  layers        = "arn"
}`, []string{`5: Wrong type: memory_size must be number: `, `6: Wrong type: layers must be list of string: `}},
		"conflict": {`resource "aws_lambda_permission" "a" {
  action              = "a"
  function_name       = "f"
  principal           = "*"
  statement_id        = "x"
  statement_id_prefix = "y"
}`, []string{`6: Conflict: aws_lambda_permission.a cannot have statement_id_prefix beside statement_id.`}},
		"no such variable": {`variable "bucket" {}
resource "aws_s3_bucket" "a" {
  bucket = var.buckt
}`, []string{`3: Unknown reference: var has no "buckt"; did you mean "bucket"?`}},
		"no such resource": {`output "a" {
  value = aws_s3_bucket.a.arn
}`, []string{`2: Unknown reference: There is nothing called "aws_s3_bucket" to refer to. Allowed: `}},
		"no such attribute": {`resource "aws_s3_bucket" "a" {}
output "a" {
  value = aws_s3_bucket.a.arm
}`, []string{`3: Unknown reference: aws_s3_bucket.a has no "arm"; did you mean "arn"?`}},
		"within a for expression": {`variable "rules" {
  type = list(object({ id = string }))
}
output "a" {
  value = [for r in var.rules : r.idd]
}`, []string{`5: Unsupported attribute: This object does not have an attribute named "idd".`}},
		"one of several": {`resource "aws_s3_bucket" "a" {
  count = 2
}
output "a" {
  value = aws_s3_bucket.a.arn
}`, []string{`5: Unknown reference: aws_s3_bucket.a is a list; take one of it, as in aws_s3_bucket.a[0].`}},
		"each without for_each": {`resource "aws_s3_bucket" "a" {
  bucket = each.key
}`, []string{`2: Unknown reference: There is no each here: the block has no for_each.`}},
		"count and for_each": {`resource "aws_s3_bucket" "a" {
  count    = 1
  for_each = {}
}`, []string{`3: Conflict: aws_s3_bucket.a has count and for_each; only one of them can be.`}},
		"depends on nothing": {`resource "aws_s3_bucket" "a" {
  depends_on = [aws_s3_bucket.b]
}`, []string{`2: Unknown reference: aws_s3_bucket has no "b"; did you mean "a"?`}},
		"locals in a circle": {`locals {
  a = local.b
  b = local.a
}`, []string{`2: Cycle: These locals refer to each other: a, b.`}},
		"no such function": {`locals {
  a = jsonencod({})
}`, []string{`2: Call to unknown function: `}},
		"wrong default": {`variable "a" {
  type     = list(string)
  default  = 3
  nullable = false
}`, []string{`3: Wrong type: default must be list of string: `}},
		"validation of another variable": {`variable "a" {
  validation {
    condition     = var.b > 1
    error_message = "x"
  }
}`, []string{`3: Unknown reference: var has no "b"; did you mean "a"?`}},
		"unknown module": {`module "a" {
  source = "../other"
}`, []string{`2: Unknown module: There is no such module.`}},
		"call": {`module "a" {
  source = "../callee"
  siz    = 2
  rules  = [{ days = "x" }]
}
output "a" {
  value = module.a.arm
}`, []string{
			`3: Unsupported argument: The module has no variable "siz"; did you mean "size"?`,
			`4: Wrong type: rules must be list of object: `,
			`1: Missing argument: module.a needs the argument "name".`,
			`7: Unknown reference: module.a has no "arm"; did you mean "arn"?`,
		}},
		"null for what cannot be": {`module "a" {
  source = "../callee"
  name   = null
}`, []string{`3: Wrong value: The module's variable "name" cannot be null.`}},
		"a secret that would be kept": {`variable "secret" {
  ephemeral = true
}
resource "aws_s3_bucket" "a" {
  bucket = var.secret
}
module "a" {
  source = "../callee"
  name   = var.secret
  token  = var.secret
}
output "a" {
  value = var.secret
}`, []string{
			`5: Ephemeral value: var.secret may reach neither plan nor state, and aws_s3_bucket.a.bucket is kept in both`,
			`9: Ephemeral value: var.secret is ephemeral, and the module's variable "name" is not.`,
			`13: Ephemeral value: var.secret is ephemeral, and the output is not.`,
		}},
		"unknown top-level block": {`resorce "aws_s3_bucket" "a" {}`, []string{`1: Unknown block: There is no block "resorce"; did you mean "resource"?`}},
		"declared twice": {`output "a" {
  value = 1
}
output "a" {
  value = 1
}`, []string{`4: Declared twice: There is a second output.a.`}},
		"provider": {`provider "aws" {
  regoin = "x"
}`, []string{`2: Unsupported argument: provider.aws has no argument "regoin"; did you mean "region"?`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, found := check(t, test.text)
			if len(found) != len(test.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(test.want, "\n"))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(found[i], want) {
					t.Errorf("got\n%s\nwant\n%s", found[i], want)
				}
			}
		})
	}
}

// TestNoMistake has what is easily taken for one.
func TestNoMistake(t *testing.T) {
	module, found := check(t, `
variable "cors" {
  type    = object({ origins = list(string), max_age = optional(number) })
  default = null
}
variable "roles" {
  type    = map(object({ names = list(string) }))
  default = {}
}
variable "secret" {
  type      = map(string)
  sensitive = true
  ephemeral = true
}
locals {
  second = "${local.first}-2"
  first  = path.module
  pairs = merge([
    for key, role in var.roles : { for name in role.names : "${key}-${name}" => { role = key, name = name } }
  ]...)
}
resource "aws_s3_bucket" "this" {
  for_each = local.pairs
  bucket   = each.value.name
  tags     = { index = 1 }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [tags]
  }
}
resource "aws_s3_bucket_cors_configuration" "this" {
  count  = var.cors == null ? 0 : 1
  bucket = aws_s3_bucket.this["x"].bucket

  dynamic "cors_rule" {
    for_each = var.cors == null ? [] : [var.cors]

    content {
      allowed_methods = ["GET"]
      allowed_origins = cors_rule.value.origins
      max_age_seconds = cors_rule.value.max_age
    }
  }
}
module "callee" {
  source = "../callee"
  name   = "x"
  rules  = [{ id = "a" }]
  token  = var.secret["x"]
}
output "arns" {
  value      = [for b in aws_s3_bucket.this : trimsuffix(b.arn, "/")]
  depends_on = [module.callee]
}
output "one" {
  value = one(aws_s3_bucket_cors_configuration.this[*].id)
}
output "callee" {
  value = module.callee.arn
}
`)
	if len(found) > 0 {
		t.Errorf("got\n%s", strings.Join(found, "\n"))
	}
	if !module.Variables["secret"].Required || module.Variables["cors"].Required || !module.Variables["secret"].Ephemeral {
		t.Errorf("got %v", module.Variables)
	}
	if diff := cmp.Diff(cty.String.GoString(), module.Outputs["callee"].GoString()); diff != "" {
		t.Errorf("type of an output (-want +got):\n%s", diff)
	}
}

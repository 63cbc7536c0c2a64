terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.50, < 7" }
  }
}

# Everything that can change in place does so when this is true.
variable "second" {
  type    = bool
  default = false
}

provider "aws" {
  default_tags { tags = { project = var.second ? "q" : "p", environment = "qa" } }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

resource "aws_s3_bucket" "b" {
  bucket        = "111122223333--standin"
  force_destroy = true
  tags          = var.second ? { own = "2", more = "x" } : { own = "1" }
}

resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = var.second ? "BucketOwnerPreferred" : "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = !var.second
}

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
    bucket_key_enabled = !var.second
  }
}

resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = var.second ? "Suspended" : "Enabled" }
}

resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter { prefix = "transfers/" }
    expiration { days = var.second ? 31 : 30 }
    abort_incomplete_multipart_upload { days_after_initiation = 1 }
    noncurrent_version_expiration { noncurrent_days = 1 }
  }
  rule {
    id     = "all"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload { days_after_initiation = 2 }
  }
  depends_on = [aws_s3_bucket_versioning.b]
}

resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://send.example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = var.second ? 60 : 3600
  }
}

data "aws_iam_policy_document" "tls_only" {
  statement {
    sid       = var.second ? "TLSOnly" : "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "b" {
  bucket     = aws_s3_bucket.b.id
  policy     = data.aws_iam_policy_document.tls_only.json
  depends_on = [aws_s3_bucket_public_access_block.b, aws_s3_bucket_ownership_controls.b]
}

resource "aws_s3_object" "code" {
  bucket      = aws_s3_bucket.b.id
  key         = "lambda/user.zip"
  source      = "${path.module}/code.zip"
  source_hash = filemd5("${path.module}/code.zip")
  depends_on  = [aws_s3_bucket_versioning.b]
}

resource "aws_s3_object" "text" {
  bucket        = aws_s3_bucket.b.id
  key           = "text"
  content       = var.second ? "bye" : "hello"
  content_type  = "text/plain"
  etag          = md5(var.second ? "bye" : "hello")
  metadata      = { a = "b" }
  cache_control = "max-age=3"
  depends_on    = [aws_s3_bucket_versioning.b]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "r" {
  name               = "standin"
  description        = var.second ? "second" : "first"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "user" {
  statement {
    actions   = concat(["s3:GetObject", "s3:PutObject"], var.second ? ["s3:DeleteObject"] : [])
    resources = ["${aws_s3_bucket.b.arn}/*"]
  }
}

resource "aws_iam_role_policy" "r" {
  name   = "storage"
  role   = aws_iam_role.r.id
  policy = data.aws_iam_policy_document.user.json
}

resource "aws_cloudwatch_log_group" "g" {
  name              = "/aws/lambda/standin"
  retention_in_days = var.second ? 7 : 30
}

resource "aws_lambda_function" "f" {
  function_name    = "standin"
  role             = aws_iam_role.r.arn
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  s3_bucket        = aws_s3_object.code.bucket
  s3_key           = aws_s3_object.code.key
  source_code_hash = filebase64sha256("${path.module}/code.zip")
  memory_size      = var.second ? 256 : 512
  timeout          = 30
  publish          = true
  environment { variables = var.second ? { MODE = "c", MORE = "d" } : { MODE = "b" } }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.g.name
  }
  tracing_config { mode = "Active" }
  depends_on = [aws_iam_role_policy.r]
}

resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "NONE"
  cors {
    allow_origins = ["https://send.example.com"]
    allow_methods = ["GET", "POST"]
    max_age       = var.second ? 60 : 600
  }
}

resource "aws_lambda_permission" "url" {
  statement_id           = "url"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.f.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "invoke" {
  statement_id             = "invoke"
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.f.function_name
  principal                = "*"
  invoked_via_function_url = true
}

output "account" { value = data.aws_caller_identity.current.account_id }
output "region" { value = data.aws_region.current.region }

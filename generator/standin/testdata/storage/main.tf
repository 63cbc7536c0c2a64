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

# What cannot change in place has this in it.
variable "suffix" {
  type    = string
  default = ""
}

provider "aws" {
  default_tags { tags = { project = var.second ? "q" : "p", environment = "qa" } }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

locals { key = "arn:aws:kms:eu-west-2:${data.aws_caller_identity.current.account_id}:key/0d1f3f5e-0000-4000-8000-000000000001" }

resource "aws_s3_bucket" "b" {
  bucket        = "111122223333--standin${var.suffix}"
  force_destroy = true
  tags          = var.second ? { own = "2", more = "x" } : { own = "1" }
}

resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = var.second ? "BucketOwnerPreferred" : "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = !var.second
  block_public_policy     = !var.second
  ignore_public_acls      = !var.second
  restrict_public_buckets = !var.second
}

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.second ? "aws:kms" : "AES256"
      kms_master_key_id = var.second ? local.key : null
    }
    bucket_key_enabled = !var.second
  }
}

resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = var.second ? "Suspended" : "Enabled" }
}

resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  transition_default_minimum_object_size = var.second ? "varies_by_storage_class" : "all_storage_classes_128K"

  rule {
    id     = var.second ? "ends" : "expire"
    status = var.second ? "Disabled" : "Enabled"
    filter { prefix = var.second ? "sent/" : "transfers/" }
    expiration { days = var.second ? 31 : 30 }
    abort_incomplete_multipart_upload { days_after_initiation = var.second ? 3 : 1 }
    noncurrent_version_expiration {
      noncurrent_days           = var.second ? 2 : 1
      newer_noncurrent_versions = var.second ? 3 : null
    }
  }
  rule {
    id     = "sized"
    status = "Enabled"
    filter {
      and {
        prefix                   = var.second ? "b/" : "a/"
        object_size_greater_than = var.second ? 2000 : 1000
        object_size_less_than    = var.second ? 20000 : 10000
        tags                     = { kind = var.second ? "b" : "a" }
      }
    }
    transition {
      days          = var.second ? 60 : 40
      storage_class = var.second ? "GLACIER" : "STANDARD_IA"
    }
    noncurrent_version_transition {
      noncurrent_days           = var.second ? 60 : 40
      newer_noncurrent_versions = var.second ? 3 : 2
      storage_class             = var.second ? "GLACIER" : "STANDARD_IA"
    }
  }
  rule {
    id     = "marked"
    status = "Enabled"
    filter { prefix = "marked/" }
    expiration { expired_object_delete_marker = !var.second }
    abort_incomplete_multipart_upload { days_after_initiation = 1 }
  }
  rule {
    id     = "tagged"
    status = "Enabled"
    filter {
      tag {
        key   = var.second ? "b" : "a"
        value = var.second ? "2" : "1"
      }
    }
    expiration { date = var.second ? "2031-01-01T00:00:00Z" : "2030-01-01T00:00:00Z" }
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
    id              = var.second ? "second" : "first"
    allowed_headers = var.second ? ["Content-Type"] : ["*"]
    allowed_methods = var.second ? ["GET"] : ["GET", "PUT"]
    allowed_origins = var.second ? ["https://other.example.com"] : ["https://send.example.com"]
    expose_headers  = var.second ? ["ETag", "x-amz-version-id"] : ["ETag"]
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

  server_side_encryption = var.second ? "aws:kms" : "AES256"
  kms_key_id             = var.second ? local.key : null
  bucket_key_enabled     = !var.second

  force_destroy = var.second
  depends_on    = [aws_s3_bucket_versioning.b]
}

resource "aws_s3_object" "text" {
  bucket        = aws_s3_bucket.b.id
  key           = "text"
  content       = var.second ? "bye" : "hello"
  content_type  = var.second ? "text/html" : "text/plain"
  etag          = md5(var.second ? "bye" : "hello")
  metadata      = { a = var.second ? "c" : "b" }
  cache_control = var.second ? "no-store" : "max-age=3"

  content_disposition = var.second ? "attachment" : "inline"
  content_encoding    = var.second ? "identity" : null
  content_language    = var.second ? "en-GB" : "en"
  storage_class       = var.second ? "STANDARD_IA" : "STANDARD"
  checksum_algorithm  = var.second ? "SHA256" : "SHA1"
  website_redirect    = var.second ? "/second" : "/first"

  # With a key of KMS the etag would be another.
  server_side_encryption = "AES256"

  acl = var.second ? "bucket-owner-full-control" : null

  dynamic "override_provider" {
    for_each = var.second ? [1] : []
    content {
      default_tags { tags = {} }
    }
  }

  depends_on = [aws_s3_bucket_versioning.b, aws_s3_bucket_ownership_controls.b]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = concat(["lambda.amazonaws.com"], var.second ? ["edgelambda.amazonaws.com"] : [])
    }
  }
}

resource "aws_iam_role" "r" {
  name               = "standin${var.suffix}"
  description        = var.second ? "second" : "first"
  assume_role_policy = data.aws_iam_policy_document.assume.json

  force_detach_policies = var.second
  max_session_duration  = var.second ? 7200 : 3600
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
  name              = "/aws/lambda/standin${var.suffix}"
  retention_in_days = var.second ? 7 : 30
  kms_key_id        = var.second ? local.key : null
}

resource "aws_lambda_function" "f" {
  function_name    = "standin${var.suffix}"
  role             = aws_iam_role.r.arn
  description      = var.second ? "second" : "first"
  handler          = var.second ? "main.second" : "bootstrap"
  runtime          = var.second ? "python3.13" : "provided.al2023"
  s3_bucket        = aws_s3_object.code.bucket
  s3_key           = aws_s3_object.code.key
  source_code_hash = filebase64sha256("${path.module}/code.zip")
  memory_size      = var.second ? 256 : 512
  timeout          = var.second ? 20 : 30
  publish          = !var.second
  kms_key_arn      = var.second ? local.key : null
  environment { variables = var.second ? { MODE = "c", MORE = "d" } : { MODE = "b" } }
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.g.name
    application_log_level = var.second ? "DEBUG" : "INFO"
    system_log_level      = var.second ? "WARN" : "INFO"
  }
  tracing_config { mode = var.second ? "PassThrough" : "Active" }
  ephemeral_storage { size = var.second ? 512 : 1024 } # with snapshots no more
  dynamic "snap_start" {
    for_each = var.second ? [1] : []
    content { apply_on = "PublishedVersions" }
  }
  depends_on = [aws_iam_role_policy.r]
}

resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = var.second ? "AWS_IAM" : "NONE"
  invoke_mode        = var.second ? "RESPONSE_STREAM" : "BUFFERED"
  cors {
    allow_credentials = var.second
    allow_headers     = var.second ? ["content-type"] : ["x-own"]
    allow_origins     = var.second ? ["https://other.example.com"] : ["https://send.example.com"]
    allow_methods     = var.second ? ["GET"] : ["GET", "POST"]
    expose_headers    = var.second ? ["etag"] : ["x-own"]
    max_age           = var.second ? 60 : 600
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

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
  default_tags { tags = { project = var.second ? "q" : "p" } }
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = concat(["logs:PutLogEvents"], var.second ? ["logs:CreateLogStream"] : [])
    resources = ["*"]
  }
}

resource "aws_iam_role" "r" {
  name = "standin"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "limit" {
  name   = "standin-limit"
  policy = data.aws_iam_policy_document.logs.json
}

# It is for a while the function's.
resource "aws_iam_role" "second" {
  name                 = "standin-second"
  assume_role_policy   = aws_iam_role.r.assume_role_policy
  permissions_boundary = var.second ? aws_iam_policy.limit.arn : null
}

resource "aws_iam_policy" "p" {
  name        = "standin-logs${var.suffix}"
  description = "Writes logs."
  policy      = data.aws_iam_policy_document.logs.json
  tags        = var.second ? { own = "2" } : { own = "1" }
}

resource "aws_iam_role_policy_attachment" "r" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p.arn
}

resource "aws_iam_openid_connect_provider" "o" {
  url             = "https://token${var.suffix}.example.com"
  client_id_list  = var.second ? ["sts.amazonaws.com", "other"] : ["sts.amazonaws.com"]
  thumbprint_list = [var.second ? "2b18947a6a9fc7764fd8b5fb18a863b0c6dac24f" : "6938fd4d98bab03faadb97b34396831e3780aea1"]
}

resource "aws_lambda_function" "f" {
  function_name    = "standin"
  role             = var.second ? aws_iam_role.second.arn : aws_iam_role.r.arn
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  filename         = "${path.module}/code.zip"
  source_code_hash = filebase64sha256("${path.module}/code.zip")
  memory_size      = var.second ? 256 : 128
  layers           = var.second ? [aws_lambda_layer_version.l.arn] : []

  logging_config {
    log_format = var.second ? "Text" : "JSON"
    log_group  = var.second ? "/standin/second" : "/standin/first"
  }

  reserved_concurrent_executions = var.second ? 2 : -1
  publish                        = true
  architectures                  = [var.second ? "arm64" : "x86_64"]
}

resource "aws_lambda_alias" "live" {
  name             = "live${var.suffix}"
  description      = var.second ? "second" : "first"
  function_name    = aws_lambda_function.f.function_name
  function_version = aws_lambda_function.f.version

  dynamic "routing_config" {
    for_each = var.second ? [1] : []
    content { additional_version_weights = { "1" = 0.1 } }
  }
}

# A layer cannot change: each package is a version of its own. After an import the
# file that it was made from is unknown.
resource "aws_lambda_layer_version" "l" {
  layer_name               = "standin${var.suffix}"
  description              = "Shared code."
  license_info             = "MIT"
  filename                 = "${path.module}/code.zip"
  source_code_hash         = filebase64sha256("${path.module}/code.zip")
  compatible_architectures = ["arm64", "x86_64"]
  compatible_runtimes      = ["provided.al2023"]

  lifecycle { ignore_changes = [filename] }
}

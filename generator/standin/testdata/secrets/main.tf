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

variable "value_version" {
  type    = number
  default = 1
}

variable "secret" {
  type      = string
  ephemeral = true
}

provider "aws" {
  default_tags { tags = { project = var.second ? "q" : "p" } }
}

resource "aws_ssm_parameter" "open" {
  name            = "/standin/open${var.suffix}"
  type            = var.second ? "StringList" : "String"
  value           = var.second ? "b,c" : "a"
  description     = var.second ? "second" : "first"
  allowed_pattern = var.second ? "^[a-c,]+$" : "^[a-c]$"
}

resource "aws_ssm_parameter" "insecure" {
  name           = "/standin/insecure${var.suffix}"
  type           = "String"
  insecure_value = var.second ? "second" : "first"
  tier           = "Intelligent-Tiering"
}

resource "aws_ssm_parameter" "tiered" {
  name  = "/standin/tiered"
  type  = "String"
  value = var.second ? "second" : "first"
  tier  = var.suffix == "" ? "Advanced" : "Standard"
}

resource "aws_ssm_parameter" "hidden" {
  name             = "/standin/hidden${var.suffix}"
  type             = "SecureString"
  key_id           = var.second ? "alias/standin" : null
  value_wo         = var.secret
  value_wo_version = var.value_version
  tags             = { own = "1" }
}

resource "aws_secretsmanager_secret" "s" {
  name                    = "standin/s${var.suffix}"
  description             = var.second ? "second" : "first"
  kms_key_id              = var.second ? "alias/standin" : null
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "hidden" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = var.secret
  secret_string_wo_version = var.value_version
  version_stages           = var.second ? ["AWSCURRENT", "BLUE"] : ["AWSCURRENT"]
}

resource "aws_secretsmanager_secret" "open" {
  name_prefix             = "standin-open${var.suffix}-"
  recovery_window_in_days = 0
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = var.second ? "Second" : "First", Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "secretsmanager:GetSecretValue", Resource = "*" }]
  })
}

resource "aws_secretsmanager_secret_version" "binary" {
  secret_id      = aws_secretsmanager_secret.open.id
  secret_binary  = base64encode("binary${var.suffix}")
  version_stages = var.second ? ["AWSCURRENT", "GREEN"] : ["AWSCURRENT"]
}

resource "aws_secretsmanager_secret_policy" "s" {
  secret_arn          = aws_secretsmanager_secret.s.arn
  block_public_policy = !var.second
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Sid = var.second ? "Second" : "First", Effect = "Deny", Principal = "*", Action = "secretsmanager:RotateSecret", Resource = "*" }
  })
}

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

resource "aws_cloudfront_origin_access_control" "o" {
  name                              = "standin${var.suffix}"
  description                       = var.second ? "second" : "first"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "f" {
  name    = "standin${var.suffix}"
  comment = var.second ? "second" : "first"
  runtime = "cloudfront-js-2.0"
  code    = "function handler(event) { return event.request; } // ${var.second ? "second" : "first"}"

  # The one that a distribution uses cannot be deleted.
  lifecycle { create_before_destroy = true }
}

resource "aws_cloudfront_cache_policy" "c" {
  name        = "standin"
  comment     = var.second ? null : "first"
  min_ttl     = var.second ? 1 : null
  default_ttl = var.second ? 60 : 30

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = var.second

    cookies_config { cookie_behavior = "none" }

    headers_config {
      header_behavior = "whitelist"
      headers { items = var.second ? ["Origin", "Accept"] : ["Origin"] }
    }

    query_strings_config {
      query_string_behavior = "allExcept"
      query_strings { items = ["utm"] }
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "r" {
  name = "standin"

  cookies_config {
    cookie_behavior = var.second ? "none" : "whitelist"

    dynamic "cookies" {
      for_each = var.second ? [] : [1]
      content { items = ["session"] }
    }
  }

  headers_config { header_behavior = "allViewer" }

  query_strings_config { query_string_behavior = "all" }
}

resource "aws_cloudfront_response_headers_policy" "h" {
  name = "standin"

  cors_config {
    access_control_allow_credentials = var.second
    access_control_max_age_sec       = 600
    origin_override                  = true

    access_control_allow_headers { items = ["Content-Type"] }
    access_control_allow_methods { items = ["GET", "PUT"] }
    access_control_allow_origins { items = ["https://send.example.com"] }
    access_control_expose_headers { items = ["ETag"] }
  }

  custom_headers_config {
    items {
      header   = "X-Stage"
      value    = var.second ? "second" : "first"
      override = true
    }
  }

  dynamic "remove_headers_config" {
    for_each = var.second ? [1] : []

    content {
      items { header = "Server" }
    }
  }

  security_headers_config {
    content_type_options { override = true }

    content_security_policy {
      content_security_policy = "default-src 'self'"
      override                = true
    }

    frame_options {
      frame_option = var.second ? "SAMEORIGIN" : "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "same-origin"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      override                   = true
    }

    xss_protection {
      mode_block = true
      protection = true
      override   = true
    }
  }

  server_timing_headers_config {
    enabled       = true
    sampling_rate = 12.5
  }
}

data "aws_cloudfront_cache_policy" "disabled" { name = "Managed-CachingDisabled" }

data "aws_cloudfront_cache_policy" "by_id" { id = data.aws_cloudfront_cache_policy.disabled.id }

data "aws_cloudfront_origin_request_policy" "viewer" { name = "Managed-AllViewerExceptHostHeader" }

data "aws_cloudfront_response_headers_policy" "secure" { name = "Managed-SecurityHeadersPolicy" }

resource "aws_cloudfront_distribution" "d" {
  enabled             = true
  comment             = var.second ? "second" : "first"
  default_root_object = "index.html"
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  staging             = var.suffix != ""
  price_class         = var.second ? "PriceClass_All" : "PriceClass_100"
  tags                = var.second ? { own = "2", more = "x" } : { own = "1" }

  origin {
    origin_id                = "static"
    domain_name              = "files.s3.eu-west-2.amazonaws.com"
    origin_access_control_id = aws_cloudfront_origin_access_control.o.id
  }

  origin {
    origin_id           = "api"
    domain_name         = "api.example.com"
    connection_attempts = var.second ? 2 : null

    custom_header {
      name  = "X-Edge"
      value = var.second ? "2" : "1"
    }

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_read_timeout    = var.second ? 40 : null
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id           = "static"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.c.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.h.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.f.arn
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = var.second ? ["/b/*", "/a/*"] : ["/a/*", "/b/*"]

    content {
      path_pattern             = ordered_cache_behavior.value
      target_origin_id         = "api"
      viewer_protocol_policy   = "https-only"
      allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
      cached_methods           = ["GET", "HEAD"]
      cache_policy_id          = data.aws_cloudfront_cache_policy.by_id.id
      origin_request_policy_id = aws_cloudfront_origin_request_policy.r.id
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/old/*"
    target_origin_id       = "api"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    default_ttl            = 10
    max_ttl                = 20

    forwarded_values {
      query_string = var.second
      headers      = ["Origin"]

      cookies {
        forward           = "whitelist"
        whitelisted_names = ["session"]
      }
    }
  }

  custom_error_response {
    error_code            = 404
    response_code         = 200
    response_page_path    = "/index.html"
    error_caching_min_ttl = var.second ? 20 : 10
  }

  custom_error_response { error_code = 500 }

  restrictions {
    geo_restriction {
      restriction_type = var.second ? "whitelist" : "none"
      locations        = var.second ? ["GB"] : []
    }
  }

  viewer_certificate { cloudfront_default_certificate = true }
}

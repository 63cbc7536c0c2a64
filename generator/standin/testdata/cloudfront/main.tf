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
  name                              = "standin${var.suffix}${var.second ? "-second" : ""}"
  description                       = var.second ? "second" : "first"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = var.second ? "no-override" : "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "f" {
  name    = "standin${var.suffix}"
  comment = var.second ? "second" : "first"
  runtime = var.second ? "cloudfront-js-1.0" : "cloudfront-js-2.0"
  code    = "function handler(event) { return event.request; } // ${var.second ? "second" : "first"}"

  # The one that a distribution uses cannot be deleted.
  lifecycle { create_before_destroy = true }
}

# The distribution uses it when it is published.
resource "aws_cloudfront_function" "g" {
  name    = "standin-g"
  comment = var.second ? "second" : "first"
  runtime = "cloudfront-js-2.0"
  publish = var.second
  code    = "function handler(event) { return event.request; }"
}

resource "aws_cloudfront_cache_policy" "c" {
  name        = var.second ? "standin-second" : "standin"
  comment     = var.second ? null : "first"
  min_ttl     = var.second ? 1 : null
  max_ttl     = var.second ? 120 : 100
  default_ttl = var.second ? 60 : 30

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = !var.second
    enable_accept_encoding_gzip   = var.second

    cookies_config {
      cookie_behavior = var.second ? "allExcept" : "whitelist"
      cookies { items = var.second ? ["b"] : ["a"] }
    }

    headers_config {
      header_behavior = var.second ? "whitelist" : "none"

      dynamic "headers" {
        for_each = var.second ? [1] : []
        content { items = ["Origin", "Accept"] }
      }
    }

    query_strings_config {
      query_string_behavior = var.second ? "whitelist" : "allExcept"
      query_strings { items = var.second ? ["page"] : ["utm"] }
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "r" {
  name    = var.second ? "standin-second" : "standin"
  comment = var.second ? "second" : "first"

  cookies_config {
    cookie_behavior = var.second ? "none" : "whitelist"

    dynamic "cookies" {
      for_each = var.second ? [] : [1]
      content { items = ["session"] }
    }
  }

  headers_config {
    header_behavior = var.second ? "whitelist" : "allViewer"

    dynamic "headers" {
      for_each = var.second ? [1] : []
      content { items = ["Origin"] }
    }
  }

  query_strings_config {
    query_string_behavior = var.second ? "whitelist" : "all"

    dynamic "query_strings" {
      for_each = var.second ? [1] : []
      content { items = ["page"] }
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "h" {
  name    = var.second ? "standin-second" : "standin"
  comment = var.second ? "second" : "first"

  cors_config {
    access_control_allow_credentials = var.second
    access_control_max_age_sec       = var.second ? 60 : 600
    origin_override                  = !var.second

    access_control_allow_headers { items = var.second ? ["X-Own"] : ["Content-Type"] }
    access_control_allow_methods { items = var.second ? ["GET"] : ["GET", "PUT"] }
    access_control_allow_origins { items = var.second ? ["https://other.example.com"] : ["https://send.example.com"] }
    access_control_expose_headers { items = var.second ? ["X-Own"] : ["ETag"] }
  }

  custom_headers_config {
    items {
      header   = var.second ? "X-Phase" : "X-Stage"
      value    = var.second ? "second" : "first"
      override = !var.second
    }
  }

  dynamic "remove_headers_config" {
    for_each = var.second ? [1] : []

    content {
      items { header = "Server" }
    }
  }

  security_headers_config {
    content_type_options { override = !var.second }

    content_security_policy {
      content_security_policy = var.second ? "default-src 'none'" : "default-src 'self'"
      override                = !var.second
    }

    frame_options {
      frame_option = var.second ? "SAMEORIGIN" : "DENY"
      override     = !var.second
    }

    referrer_policy {
      referrer_policy = var.second ? "no-referrer" : "same-origin"
      override        = !var.second
    }

    strict_transport_security {
      access_control_max_age_sec = var.second ? 31536000 : 63072000
      include_subdomains         = !var.second
      preload                    = var.second
      override                   = !var.second
    }

    xss_protection {
      mode_block = !var.second
      protection = true
      override   = !var.second
      report_uri = var.second ? "https://send.example.com/report" : null
    }
  }

  server_timing_headers_config {
    enabled       = !var.second
    sampling_rate = var.second ? 25 : 12.5
  }
}

data "aws_cloudfront_cache_policy" "disabled" { name = "Managed-CachingDisabled" }

data "aws_cloudfront_cache_policy" "by_id" { id = data.aws_cloudfront_cache_policy.disabled.id }

data "aws_cloudfront_origin_request_policy" "viewer" { name = "Managed-AllViewerExceptHostHeader" }

data "aws_cloudfront_response_headers_policy" "secure" { name = "Managed-SecurityHeadersPolicy" }

resource "aws_cloudfront_distribution" "d" {
  enabled             = !var.second
  comment             = var.second ? "second" : "first"
  default_root_object = var.second ? "second.html" : "index.html"
  http_version        = var.second ? "http2" : "http2and3"
  is_ipv6_enabled     = !var.second
  wait_for_deployment = !var.second
  staging             = var.suffix != ""
  price_class         = var.second ? "PriceClass_All" : "PriceClass_100"
  tags                = var.second ? { own = "2", more = "x" } : { own = "1" }

  origin {
    origin_id                = "static"
    domain_name              = "files.s3.eu-west-2.amazonaws.com"
    origin_access_control_id = aws_cloudfront_origin_access_control.o.id
  }

  origin {
    origin_id                = var.second ? "more" : "spare"
    domain_name              = "spare.s3.eu-west-2.amazonaws.com"
    origin_access_control_id = var.second ? aws_cloudfront_origin_access_control.o.id : null

    dynamic "origin_shield" {
      for_each = var.second ? [1] : []
      content {
        enabled              = true
        origin_shield_region = "eu-west-2"
      }
    }
  }

  origin {
    origin_id           = "api"
    domain_name         = var.second ? "second.example.com" : "api.example.com"
    connection_attempts = var.second ? 2 : null
    connection_timeout  = var.second ? 5 : null
    origin_path         = var.second ? "/second" : "/first"

    custom_header {
      name  = var.second ? "X-Front" : "X-Edge"
      value = var.second ? "2" : "1"
    }

    custom_origin_config {
      http_port              = var.second ? 8080 : 80
      https_port             = var.second ? 8443 : 443
      origin_protocol_policy = var.second ? "match-viewer" : "https-only"
      origin_read_timeout    = var.second ? 40 : null
      origin_ssl_protocols   = var.second ? ["TLSv1.1", "TLSv1.2"] : ["TLSv1.2"]

      origin_keepalive_timeout = var.second ? 20 : null

      ip_address_type = var.second ? "dualstack" : null
    }
  }

  default_cache_behavior {
    target_origin_id           = var.second ? "api" : "static"
    viewer_protocol_policy     = var.second ? "https-only" : "redirect-to-https"
    allowed_methods            = var.second ? ["GET", "HEAD", "OPTIONS"] : ["GET", "HEAD"]
    cached_methods             = var.second ? ["GET", "HEAD", "OPTIONS"] : ["GET", "HEAD"]
    compress                   = !var.second
    cache_policy_id            = var.second ? data.aws_cloudfront_cache_policy.by_id.id : aws_cloudfront_cache_policy.c.id
    origin_request_policy_id   = var.second ? aws_cloudfront_origin_request_policy.r.id : null
    response_headers_policy_id = var.second ? data.aws_cloudfront_response_headers_policy.secure.id : aws_cloudfront_response_headers_policy.h.id

    function_association {
      event_type   = var.second ? "viewer-response" : "viewer-request"
      function_arn = var.second ? aws_cloudfront_function.g.arn : aws_cloudfront_function.f.arn
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
      cache_policy_id          = var.second ? aws_cloudfront_cache_policy.c.id : data.aws_cloudfront_cache_policy.by_id.id
      origin_request_policy_id = var.second ? data.aws_cloudfront_origin_request_policy.viewer.id : aws_cloudfront_origin_request_policy.r.id

      response_headers_policy_id = var.second ? aws_cloudfront_response_headers_policy.h.id : null
    }
  }

  ordered_cache_behavior {
    path_pattern           = var.second ? "/older/*" : "/old/*"
    target_origin_id       = var.second ? "static" : "api"
    viewer_protocol_policy = var.second ? "https-only" : "allow-all"
    allowed_methods        = var.second ? ["GET", "HEAD", "OPTIONS"] : ["GET", "HEAD"]
    cached_methods         = var.second ? ["GET", "HEAD", "OPTIONS"] : ["GET", "HEAD"]
    compress               = var.second

    dynamic "function_association" {
      for_each = var.second ? [1] : []
      content {
        event_type   = "viewer-request"
        function_arn = aws_cloudfront_function.f.arn
      }
    }

    min_ttl     = var.second ? 5 : 1
    default_ttl = var.second ? 11 : 10
    max_ttl     = var.second ? 21 : 20

    forwarded_values {
      query_string = var.second
      headers      = var.second ? ["Origin", "Accept"] : ["Origin"]

      query_string_cache_keys = var.second ? ["page"] : []

      cookies {
        forward           = var.second ? "all" : "whitelist"
        whitelisted_names = var.second ? [] : ["session"]
      }
    }
  }

  custom_error_response {
    error_code            = 404
    response_code         = var.second ? 404 : 200
    response_page_path    = var.second ? "/second.html" : "/index.html"
    error_caching_min_ttl = var.second ? 20 : 10
  }

  custom_error_response { error_code = var.second ? 502 : 500 }

  restrictions {
    geo_restriction {
      restriction_type = var.second ? "whitelist" : "none"
      locations        = var.second ? ["GB"] : []
    }
  }

  viewer_certificate { cloudfront_default_certificate = true }
}

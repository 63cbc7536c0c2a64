# Every block and every attribute at least once.
project "shop" {
  artifacts            = bucket.code
  permissions_boundary = "arn:aws:iam::${environment.account_id}:policy/boundary"

  tags {
    project     = project.name
    environment = environment.name
    cost_centre = 42
  }

  waiver "aws-s3-encryption-customer-key" {
    reason = "S3's own keys are enough for what is encrypted by its sender."
  }

  waiver "aws-iam-no-policy-wildcards" {
    reason = "Objects and log streams have no names before they are written."
  }

  bucket "code" {
    delete_with_contents = true
  }

  bucket "site" {
    waiver "aws-s3-enable-versioning" {
      reason = "Each release is kept in git."
    }
  }

  bucket "orders" {
    name              = "${environment.account_id}-${project.name}-orders-${environment.region}"
    expire_after_days = 90
    versioned         = true

    cors {
      allowed_origins = ["https://shop.example.com", "https://*.shop.example.com"]
      allowed_methods = ["GET", "PUT"]
      allowed_headers = ["content-type"]
      max_age_s       = 60
    }
  }

  layer "libraries" {
    package  = "app"
    runtimes = ["python3.13", "python3.12"]
  }

  secret "token" {
    description = "Of the bank."
    version     = 3
  }

  secret "certificate" {
    name                 = "shop/${environment.name}/certificate"
    store                = "secrets-manager"
    recovery_window_days = 7
  }

  parameter "site" {
    name        = "/shop/${environment.name}/url"
    description = "Where the shop is."
    value       = "see ${distribution.shop.url} in ${environment.region}"
  }

  function "orders" {
    description          = "Takes \"orders\" for $${price}."
    package              = "app"
    runtime              = "python3.12"
    handler              = "main.handler"
    architecture         = "x86_64"
    memory_mb            = 1769
    timeout_s            = 899
    ephemeral_storage_mb = 512
    reserved_concurrency = 0
    log_retention_days   = 731
    tracing              = true
    snap_start           = true
    layers               = [layer.libraries]

    cors {
      allowed_origins = ["*"]
    }

    environment {
      ORDERS = bucket.orders.name
      MULTI  = "two\nlines, \"quotes\", $${dollars} and %%{percents}"
      COUNT  = 3
      FLAG   = true
    }

    secrets {
      TOKEN       = secret.token
      CERTIFICATE = secret.certificate
    }

    parameters {
      SITE = parameter.site
    }

    access {
      orders = "read-write"
      site   = "read-only"
    }
  }

  function "worker" {
    package = "app"

    waiver "aws-lambda-enable-tracing" {
      reason = "Nobody looks at its traces."
    }
  }

  distribution "shop" {
    api                 = function.orders
    api_paths           = ["/api/*", "/health"]
    static              = bucket.site
    default_root_object = "start.html"
    default_ttl_s       = 60
    price_class         = "PriceClass_All"
    domains             = ["${environment.name}.shop.example.com"]
    certificate_arn     = "arn:aws:acm:us-east-1:${environment.account_id}:certificate/00000000-0000-0000-0000-000000000000"
    rewrite             = "app/rewrite.js"
    site                = "app"

    waiver "aws-cloudfront-enable-waf" {
      reason = "Every call is checked behind it."
    }
  }

  deployer "github" {
    repository     = "example/shop"
    repository_ids = "12/34"
    oidc_provider  = "existing"
  }
}

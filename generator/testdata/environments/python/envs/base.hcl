# The shape of the present deployment: Python functions with their dependencies in a
# layer, a snapshot behind an alias, and a static site in front of them.
project "sgraph-send" {
  artifacts = bucket.artifacts

  tags {
    project     = project.name
    environment = environment.name
  }

  waiver "aws-iam-no-policy-wildcards" {
    reason = "Objects and log streams have no names before they are written."
  }

  waiver "aws-s3-encryption-customer-key" {
    reason = "S3's own keys are enough for what is in these buckets."
  }

  bucket "artifacts" {
    delete_with_contents = true
  }

  bucket "transfers" {
    name                 = "${environment.account_id}--sgraph-send-transfers--${environment.region}"
    expire_after_days    = 1
    delete_with_contents = true
  }

  bucket "cache" {
    delete_with_contents = true
  }

  bucket "site" {
    delete_with_contents = true
  }

  layer "dependencies" {
    package  = "layers/dependencies"
    runtimes = ["python3.12", "python3.13"]
  }

  secret "api-key" {
    description = "Key of the API, as CI has it."
  }

  secret "admin-api-key" {
    store       = "secrets-manager"
    description = "Key by which User calls Admin."
  }

  # Admin wants the distribution's id, the distribution wants User's URL, and User
  # wants Admin's URL: Admin reads the id at run time.
  parameter "distribution-id" {
    value = distribution.send.id
  }

  function "admin" {
    package            = "app/admin"
    runtime            = "python3.13"
    handler            = "sgraph_send.admin.run"
    architecture       = "x86_64"
    layers             = [layer.dependencies]
    snap_start         = true
    memory_mb          = 512
    timeout_s          = 60
    log_retention_days = 14
    public             = true
    health             = "/info/health"

    environment {
      FAST_API__AUTH__API_KEY__NAME     = "x-api-key"
      URL__TARGET_SERVER__CACHE_SERVICE = "https://cache.example.com"
      CACHE__SERVICE__BUCKET_NAME       = bucket.cache.name
      METRICS__USER_FUNCTION            = function.user.name
      METRICS__ADMIN_FUNCTION           = function.admin.name
      METRICS__TRANSFERS_BUCKET         = bucket.transfers.name
      METRICS__SITE_BUCKET              = bucket.site.name
      METRICS__REGION                   = environment.region
    }

    secrets {
      FAST_API__AUTH__API_KEY__VALUE = secret.api-key
    }

    parameters {
      METRICS__DISTRIBUTION_ID = parameter.distribution-id
    }

    access {
      cache = "read-write"
    }
  }

  function "user" {
    package              = "app/user"
    runtime              = "python3.13"
    handler              = "sgraph_send.user.run"
    architecture         = "x86_64"
    layers               = [layer.dependencies]
    snap_start           = true
    memory_mb            = 512
    timeout_s            = 60
    log_retention_days   = 14
    reserved_concurrency = 20
    tracing              = true
    public               = true
    health               = "/info/health"

    cors {
      allowed_origins = ["https://send.example.com"]
    }

    # Set explicitly, because a snapshot is taken without credentials.
    environment {
      SEND__STORAGE_MODE                = "s3"
      SEND__S3_BUCKET                   = bucket.transfers.name
      FAST_API__AUTH__API_KEY__NAME     = "x-api-key"
      SGRAPH_SEND__ADMIN__BASE_URL      = function.admin.url
      SGRAPH_SEND__ADMIN__API_KEY__NAME = "x-api-key"
    }

    secrets {
      FAST_API__AUTH__API_KEY__VALUE     = secret.api-key
      SGRAPH_SEND__ADMIN__API_KEY__VALUE = secret.admin-api-key
    }

    access {
      transfers = "read-write"
    }
  }

  distribution "send" {
    api           = function.user
    static        = bucket.site
    default_ttl_s = 300
    rewrite       = "site/rewrite.js"

    waiver "aws-cloudfront-enable-waf" {
      reason = "Every call is checked behind it, and there is nothing to flood."
    }

    waiver "aws-cloudfront-use-secure-tls-policy" {
      reason = "CloudFront decides the policy of its own domain."
    }
  }

  deployer "github" {
    repository = "example/send"
  }
}

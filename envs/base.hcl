# What dev, qa and prod have in common. An environment's own file is laid over this
# one attribute by attribute; the later one wins.
project "sgraph-send" {
  artifacts = bucket.artifacts

  tags {
    project     = project.name
    environment = environment.name
  }

  # Rules of scanners that do not count here; each stands in the rendered HCL too.
  waiver "aws-iam-no-policy-wildcards" {
    reason = "Objects and log streams have no names before they are written; actions, buckets and groups are named in full."
  }

  waiver "aws-s3-encryption-customer-key" {
    reason = "Transfers are encrypted by their senders; a key of S3's own protects the rest."
  }

  # Packages of the functions, one object per version of the code.
  bucket "artifacts" {
    delete_with_contents = true
  }

  # What users send each other, encrypted before it arrives here.
  bucket "transfers" {
    name              = "${environment.account_id}--sgraph-send-transfers--${environment.region}"
    expire_after_days = 1
  }

  # Admin's access tokens and API keys, as hashes.
  bucket "admin" {}

  # Pages for browsers, as they are.
  bucket "site" {
    delete_with_contents = true

    waiver "aws-s3-enable-versioning" {
      reason = "Each release of the pages is in git."
    }
  }

  function "admin" {
    package   = "examples/send/admin"
    memory_mb = 256
    timeout_s = 10
    public    = true
    health    = "/info/health"

    environment {
      ADMIN__S3_BUCKET              = bucket.admin.name
      FAST_API__AUTH__API_KEY__NAME = "x-api-key"
    }

    access {
      admin = "read-write"
    }
  }

  function "user" {
    package   = "examples/send/user"
    memory_mb = 512
    timeout_s = 30
    public    = true
    health    = "/info/health"

    environment {
      SEND__STORAGE_MODE           = "s3"
      SEND__S3_BUCKET              = bucket.transfers.name
      SGRAPH_SEND__ADMIN__BASE_URL = function.admin.url
    }

    access {
      transfers = "read-write"
    }
  }

  # The way in for browsers: pages from the bucket, /api/* from User.
  distribution "send" {
    api    = function.user
    static = bucket.site
    site   = "examples/send/site"

    waiver "aws-cloudfront-enable-waf" {
      reason = "User checks every call itself, and the pages are public."
    }

    waiver "aws-cloudfront-use-secure-tls-policy" {
      reason = "The policy of CloudFront's own domain is CloudFront's choice."
    }
  }

  # One real transfer, encrypted, sent, received and compared.
  acceptance "transfer" {
    package = "examples/send/acceptance"

    environment {
      USER_URL         = distribution.send.url
      ADMIN_URL        = function.admin.url
      TRANSFERS_BUCKET = bucket.transfers.name
      ADMIN_BUCKET     = bucket.admin.name
    }
  }
}

project "shop" {
  artifacts = bucket.code
  tags {
    project = project.name
  }
  bucket "code" {}
  bucket "site" {
    waiver "aws-s3-enable-versioning" {
      reason = "Objects live for a day."
    }
  }
  bucket "files" {
    name              = "${environment.account_id}-files-${environment.region}"
    expire_after_days = 1
    cors {
      allowed_origins = ["https://shop.example.com"]
    }
  }
  layer "libraries" {
    package  = "app"
    runtimes = ["python3.13"]
  }
  secret "token" {
    store = "secrets-manager"
  }
  secret "other" {}
  parameter "site" {
    value = distribution.site.id
  }
  function "front" {
    package = "app"
    environment {
      BACK  = function.back.url
      FILES = bucket.files.name
      LINK  = "${function.back.url}/x?b=${bucket.files.arn}"
    }
    access {
      files = "read-write"
    }
    secrets {
      TOKEN = secret.token
    }
    parameters {
      SITE = parameter.site
    }
  }
  function "back" {
    package   = "app"
    public    = true
    memory_mb = 256
  }
  function "idle" {
    package = "app"
    runtime = "python3.13"
    handler = "main.handler"
    layers = [layer.libraries]
    snap_start = true
  }
  distribution "site" {
    api    = function.back
    static = bucket.site
  }
  deployer "github" {
    repository = "example/shop"
  }
  acceptance "buy" {
    package = "app"
    environment {
      SITE = distribution.site.url
    }
  }
}

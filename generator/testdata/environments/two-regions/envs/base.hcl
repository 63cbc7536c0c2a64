# The same in two regions, and in two accounts.
project "notes" {
  artifacts = bucket.code

  tags {
    environment = environment.name
    region      = environment.region
  }

  waiver "aws-iam-no-policy-wildcards" {
    reason = "Objects and log streams have no names before they are written."
  }

  waiver "aws-s3-encryption-customer-key" {
    reason = "S3's own keys are enough for what is in these buckets."
  }

  bucket "code" {
    delete_with_contents = true
  }

  bucket "notes" {
    versioned = true
  }

  function "api" {
    package = "app"
    public  = true

    environment {
      BUCKET = bucket.notes.name
      REGION = environment.region
    }

    access {
      notes = "read-only"
    }
  }
}

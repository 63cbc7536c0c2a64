# The least that can be deployed: one bucket.
project "notes" {
  waiver "aws-s3-encryption-customer-key" {
    reason = "S3's own keys are enough for what is in these buckets."
  }

  bucket "notes" {}
}

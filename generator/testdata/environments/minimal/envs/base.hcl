# The least that can be deployed: one bucket.
project "notes" {
  bucket "notes" {}
}

# Where developers try things: small, short-lived, thrown away at will.
environment "dev" {
  account_id = "111122223333"
  regions    = ["eu-west-2"]
  branch     = "dev"
  release    = "minor"

  bucket "transfers" {
    delete_with_contents = true
  }

  bucket "admin" {
    delete_with_contents = true
  }

  function "admin" {
    log_retention_days = 7
  }

  function "user" {
    log_retention_days = 7
  }
}

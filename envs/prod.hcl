# What customers use. A bucket that still holds something is never destroyed.
environment "prod" {
  account_id = "777788889999"
  regions    = ["eu-west-2"]
  lock_down  = true
  protected  = true

  bucket "transfers" {
    expire_after_days = 30
  }

  function "admin" {
    log_retention_days = 365
  }

  function "user" {
    memory_mb          = 1024
    log_retention_days = 365
  }
}

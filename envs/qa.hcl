# What main becomes: like prod, but it may be destroyed with all that is in it.
environment "qa" {
  account_id = "444455556666"
  regions    = ["eu-west-2"]
  branch     = "main"
  release    = "major"
  lock_down  = true

  bucket "transfers" {
    expire_after_days    = 7
    delete_with_contents = true
  }

  bucket "admin" {
    delete_with_contents = true
  }
}

environment "qa" {
  account_id = "111122223333"
  regions    = ["eu-west-2", "us-east-1"]
  branch     = "main"
  release    = "major"
  bucket "files" {
    expire_after_days = 7
  }
  function "front" {
    timeout_s = 20
    environment {
      FILES = "elsewhere"
    }
  }
}

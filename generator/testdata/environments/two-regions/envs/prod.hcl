environment "prod" {
  account_id = "777788889999"
  regions    = ["eu-west-2", "us-east-1"]
  branch     = "main"
  release    = "major"
  protected  = true

  bucket "notes" {
    cors {
      allowed_origins = ["https://${environment.region}.notes.example.com"]
      allowed_methods = ["GET"]
      max_age_s       = 600
    }
  }
}

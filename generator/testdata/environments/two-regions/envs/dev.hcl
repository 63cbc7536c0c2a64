environment "dev" {
  account_id = "111122223333"
  regions    = ["eu-west-2"]
  branch     = "dev"
  release    = "minor"
}

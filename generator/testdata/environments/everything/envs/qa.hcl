environment "qa" {
  account_id   = "111122223333"
  regions      = ["eu-west-2"]
  state_bucket = "111122223333-shop-qa-states"
  branch       = "main"
  release      = "major"

  bucket "orders" {
    delete_with_contents = true
  }
}

# The same in two regions, and in two accounts.
project "notes" {
  artifacts = bucket.code

  tags {
    environment = environment.name
    region      = environment.region
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

package components

import "sendform/generator/environment"

// StorageInputs are the variables of the storage module.
type StorageInputs struct {
	Bucket          string      `tf:"bucket" doc:"Name of the bucket; unique among all buckets of AWS."`
	ExpireAfterDays *int        `tf:"expire_after_days" doc:"Days until an object is deleted; null keeps objects." check:"var.expire_after_days == null || try(var.expire_after_days >= 1, false)" says:"At least 1 day, or null."`
	Versioned       bool        `tf:"versioned" doc:"Whether objects that are overwritten or deleted stay as older versions for a day."`
	ForceDestroy    bool        `tf:"force_destroy" doc:"Whether a destroy deletes the objects that are still in the bucket."`
	OwnPolicy       bool        `tf:"own_policy" doc:"Whether its policy is made here; that of a bucket behind a distribution is made with the distribution."`
	LockDown        Locked      `tf:"lock_down" doc:"Whether uploads that do not ask for encryption are refused."`
	CORS            *CORSInputs `tf:"cors" doc:"Which browser origins may use the bucket directly; null for none."`
}

// CORSInputs is what browsers of other origins may do.
type CORSInputs struct {
	AllowedOrigins []string `tf:"allowed_origins"`
	AllowedMethods []string `tf:"allowed_methods"`
	AllowedHeaders []string `tf:"allowed_headers"`
	MaxAgeSeconds  int      `tf:"max_age_seconds"`
}

func storageKind() Kind {
	return Kind{
		Name:     StorageKind,
		About:    "A private bucket: encrypted, owned by the account alone, closed to the public, reached over TLS only, with a time to live.",
		Services: []string{"s3"},
		Inputs:   StorageInputs{},
		Outputs:  []string{"bucket", "arn", "domain"},
	}
}

func storages(t environment.Target) []Component { return each(t.Buckets, t, storage) }

func storage(b environment.Bucket, t environment.Target) Component {
	inputs := StorageInputs{Bucket: b.Name, Versioned: b.Versioned, ForceDestroy: b.DeleteWithContents, OwnPolicy: !t.Served(b.Label)}
	inputs.CORS = corsInputs(b.CORS)
	if b.ExpireAfterDays > 0 {
		inputs.ExpireAfterDays = &b.ExpireAfterDays
	}
	return Component{
		Address: Address{StorageKind, b.Label},
		Inputs:  inputs,
		Resources: func() []Resource {
			return []Resource{{Type: BucketResource, ID: environment.Literal(b.Name), Want: bucketWanted(b, t)}}
		},
		Attempts: func() []Attempt { return bucketAttempts(b) },
	}
}

func bucketWanted(b environment.Bucket, t environment.Target) map[string]any {
	want := privateBucket(t)
	if !t.Served(b.Label) {
		want["policy"] = bucketPolicy(b, t)
	}
	want["versioning"] = "Disabled"
	rules := map[string]any{"abort-incomplete-uploads": abortRule()}
	if b.ExpireAfterDays > 0 {
		rules["expire"] = rule(map[string]any{"expiration_days": b.ExpireAfterDays})
	}
	if b.Versioned {
		want["versioning"] = "Enabled"
		rules["expire-old-versions"] = rule(map[string]any{"noncurrent_expiration_days": 1})
	}
	want["lifecycle"] = rules
	want["cors"] = nil
	if b.CORS != nil {
		want["cors"] = corsWanted(b.CORS, map[string]any{"exposed_headers": []string{"ETag"}})
	}
	return want
}

func corsInputs(c *environment.CORS) *CORSInputs {
	if c == nil {
		return nil
	}
	return &CORSInputs{c.AllowedOrigins, c.AllowedMethods, c.AllowedHeaders, c.MaxAgeSeconds}
}

// corsWanted is what AWS answers for it: beside what is asked for, what a bucket and a
// URL each have of their own.
func corsWanted(c *environment.CORS, own map[string]any) map[string]any {
	own["allowed_origins"] = c.AllowedOrigins
	own["allowed_methods"] = c.AllowedMethods
	own["allowed_headers"] = c.AllowedHeaders
	own["max_age_seconds"] = c.MaxAgeSeconds
	return own
}

// privateBucket is what every bucket of an environment has in common, but for its
// policy.
func privateBucket(t environment.Target) map[string]any {
	return map[string]any{
		"region":           t.Region,
		"tags":             tags(t),
		"acl":              "private",
		"website":          nil,
		"encryption":       "AES256",
		"object_ownership": "BucketOwnerEnforced",
		"public_access_block": map[string]any{
			"block_public_acls": true, "block_public_policy": true,
			"ignore_public_acls": true, "restrict_public_buckets": true,
		},
		// What nobody asks for must be as S3 makes it.
		"object_lock": nil, "replication": nil, "notifications": []string{}, "logging": nil,
	}
}

// bucketPolicy is what is refused whoever asks, by the statements' names.
func bucketPolicy(b environment.Bucket, t environment.Target) map[string]any {
	policy := map[string]any{insecureTransport: denyInsecureTransport(b.ARN)}
	if t.LockDown {
		policy["DenyUnencryptedUploads"] = map[string]any{
			"Effect": "Deny", "Principal": "*", "Action": []string{"s3:PutObject"},
			"Resource":  []string{b.ARN + "/*"},
			"Condition": map[string]any{"StringNotEquals": map[string]any{"s3:x-amz-server-side-encryption": []string{"AES256"}}},
		}
	}
	return policy
}

// insecureTransport is the statement that refuses requests without TLS.
const insecureTransport = "DenyInsecureTransport"

func denyInsecureTransport(arn string) map[string]any {
	return map[string]any{
		"Effect": "Deny", "Principal": "*", "Action": []string{"s3:*"},
		"Resource":  []string{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": []string{"false"}}},
	}
}

// tags are those of every resource; the provider's default_tags set them.
func tags(t environment.Target) map[string]any {
	all := map[string]any{}
	for name, value := range t.Tags {
		all[name] = value
	}
	return all
}

func abortRule() map[string]any { return rule(map[string]any{"abort_upload_days": 1}) }

// rule is an enabled lifecycle rule for the whole bucket.
func rule(does map[string]any) map[string]any {
	does["status"] = "Enabled"
	does["prefix"] = ""
	return does
}

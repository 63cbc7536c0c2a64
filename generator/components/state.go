package components

import "sendform/generator/environment"

// StateInputs are the variables of the state module.
type StateInputs struct {
	Bucket string `tf:"bucket" doc:"Name of the bucket that holds Terraform states and their lock objects."`
}

// LockTrial is the key of the object by which a verification tries whether a lock in
// the state bucket works.
const LockTrial = "sendform-verify.tflock"

func stateKind() Kind {
	return Kind{
		Name:     StateKind,
		About:    "The bucket that holds the Terraform state of an environment: versioned, encrypted, private, reached over TLS only.",
		Services: []string{"s3"},
		Inputs:   StateInputs{},
		Outputs:  []string{"bucket"},
	}
}

func states(t environment.Target) []Component { return []Component{state(t)} }

func state(t environment.Target) Component {
	return Component{
		Address: Address{StateKind, t.Region},
		Inputs:  StateInputs{Bucket: t.StateBucket},
		Resources: func() []Resource {
			return []Resource{{Type: BucketResource, ID: environment.Literal(t.StateBucket), Want: stateWanted(t)}}
		},
	}
}

func stateWanted(t environment.Target) map[string]any {
	want := privateBucket(t)
	want["versioning"] = "Enabled"
	want["policy"] = map[string]any{insecureTransport: denyInsecureTransport("arn:" + t.Partition + ":s3:::" + t.StateBucket)}
	// Only uploads that were never finished are cleaned up: a rule that expires
	// objects would take the lock object away under somebody's run.
	want["lifecycle"] = map[string]any{"abort-incomplete-uploads": abortRule()}
	want["cors"] = nil
	want["lock"] = "works"
	return want
}

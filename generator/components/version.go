package components

import "sendform/generator/environment"

// The root module's variables that say what is deployed.
const (
	ReleaseVariable = "release"
	CommitVariable  = "commit"
)

// The tags of functions that say what is deployed, and the variables of their
// environments that do.
const (
	ReleaseTag = "sendform-release"
	CommitTag  = "sendform-commit"

	releaseSetting = "SENDFORM_VERSION"
	commitSetting  = "SENDFORM_COMMIT"
)

func versionVariables(v environment.Version) map[string]any {
	return told(map[string]any{}, v, releaseSetting, commitSetting)
}

func versionTags(tags map[string]any, v environment.Version) map[string]any {
	return told(tags, v, ReleaseTag, CommitTag)
}

// told adds what is known of a version.
func told(all map[string]any, v environment.Version, release, commit string) map[string]any {
	if v.Release != "" {
		all[release] = v.Release
	}
	if v.Commit != "" {
		all[commit] = v.Commit
	}
	return all
}

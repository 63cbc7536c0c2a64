package environment

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// RaiseSecrets raises the versions of an environment's secrets in its own file, where
// they concern no other environment, and answers with the new ones by label. The rest
// of the file stays as it is.
func RaiseSecrets(root, name string, labels []string) (map[string]int, error) {
	env, err := Load(root, name)
	if err != nil {
		return nil, err
	}
	raised := map[string]int{}
	for _, t := range env.Targets { // a version may depend on the region
		var known []string
		for _, s := range t.Secrets {
			known = append(known, s.Label)
			if slices.Contains(labels, s.Label) {
				raised[s.Label] = max(raised[s.Label], s.Version+1)
			}
		}
		for _, label := range labels {
			if !slices.Contains(known, label) {
				return nil, fmt.Errorf("%s has no secret %q%s %s has: %s", name, label, didYouMean(label, known), name, listOr(known, "none"))
			}
		}
	}
	shown := path.Join(Folder, name+".hcl")
	file := filepath.Join(root, Folder, name+".hcl")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", shown, err)
	}
	parsed, diags := hclwrite.ParseConfig(text, shown, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fmt.Errorf("read %s: %w", shown, diags)
	}
	body := parsed.Body().FirstMatchingBlock("environment", []string{name}).Body()
	for _, label := range labels {
		block := body.FirstMatchingBlock("secret", []string{label})
		if block == nil {
			body.AppendNewline()
			block = body.AppendNewBlock("secret", []string{label})
		}
		block.Body().SetAttributeValue("version", cty.NumberIntVal(int64(raised[label])))
	}
	// The permissions stay: the file exists.
	if err := os.WriteFile(file, hclwrite.Format(parsed.Bytes()), 0o644); err != nil {
		return nil, fmt.Errorf("write %s: %w", shown, err)
	}
	return raised, nil
}

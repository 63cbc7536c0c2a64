package tests

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gruntwork-io/terratest/modules/terraform"

	"sendform/generator/environment"
	"sendform/generator/render"
)

func TestRenderedFilesAreFormatted(t *testing.T) {
	for _, folder := range []string{render.ModulesFolder, render.RootsFolder} {
		cmd := exec.CommandContext(t.Context(), findTerraform(t).Path, "fmt", "-check", "-diff", "-recursive", filepath.Join(repository(t), folder))
		cmd.Env = append(cmd.Environ(), "TF_CLI_CONFIG_FILE=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
	}
}

// TestRootsAreValid validates both root modules of every target against the
// schema of the stand-in.
func TestRootsAreValid(t *testing.T) {
	eachTarget(t, func(t *testing.T, target environment.Target) {
		_, options := stage(t, target)
		options.Vars = nil // validate takes none
		for _, folder := range []string{render.RootFolder(target), render.StateFolder(target)} {
			options.TerraformDir = filepath.Join(repository(t), folder)
			options.EnvVars["TF_DATA_DIR"] = t.TempDir()
			options.ExtraArgs.Init = []string{"-backend=false"}
			terraform.InitAndValidateContext(t, t.Context(), options)
		}
	})
}

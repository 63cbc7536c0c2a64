package report

import (
	"fmt"
	"io"
	"strings"

	"sendform/generator/terraform"
)

// Plan lists what Terraform would change, what it would take away first.
func Plan(out io.Writer, target string, p terraform.Plan) {
	if !p.HasChanges {
		fmt.Fprintf(out, "%s: no changes\n", target)
		return
	}
	fmt.Fprintf(out, "%s: %d to add, %d to change, %d to destroy\n", target, p.Summary.Add, p.Summary.Change, p.Summary.Remove)
	order := []terraform.Action{terraform.Delete, terraform.Replace, terraform.Update, terraform.Create, terraform.Import}
	for _, action := range order {
		for _, c := range p.Changes {
			if c.Action != action {
				continue
			}
			forced := ""
			if len(c.ReplacePaths) > 0 {
				forced = " (because of " + strings.Join(c.ReplacePaths, ", ") + ")"
			}
			fmt.Fprintf(out, "  %-8s %s%s\n", c.Action, c.Address, forced)
		}
	}
}

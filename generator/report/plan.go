package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/terraform"
)

// PlanSummary is what a reviewer needs to know of a plan. Sensitive values are not
// in it.
type PlanSummary struct {
	Destroy    int             `json:"destroy"`
	Replace    int             `json:"replace"`
	Change     int             `json:"change"`
	Add        int             `json:"add"`
	Import     int             `json:"import"`
	Components []ComponentPlan `json:"components"`
	Outputs    []string        `json:"outputs,omitempty"` // names of those that change
}

// ComponentPlan is what changes of one component, what is destroyed first.
type ComponentPlan struct {
	Component string         `json:"component"`
	Changes   []ResourcePlan `json:"changes"`
}

// ResourcePlan is what would happen to one resource.
type ResourcePlan struct {
	Address    string            `json:"address"`
	Action     PlanAction        `json:"action"`
	Reason     string            `json:"reason,omitempty"`
	ForcedBy   []string          `json:"forced_by,omitempty"` // attributes that force a replacement
	ImportID   string            `json:"import_id,omitempty"`
	Attributes []AttributeChange `json:"attributes,omitempty"`
}

// AttributeChange is one value that changes.
type AttributeChange struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// PlanAction is what would be done with a resource, in a reviewer's words.
type PlanAction string

// The actions, what takes something away first.
const (
	Destroy PlanAction = "destroy"
	Replace PlanAction = "replace"
	Forget  PlanAction = "forget"
	Change  PlanAction = "change"
	Import  PlanAction = "import"
	Move    PlanAction = "move"
	Add     PlanAction = "add"
)

// planActions is the order in which a reviewer should see them.
var planActions = []PlanAction{Destroy, Replace, Forget, Change, Import, Move, Add}

// Changes tells whether applying the plan would do anything.
func (p PlanSummary) Changes() bool { return len(p.Components) > 0 || len(p.Outputs) > 0 }

// Summarize reads what terraform show says of a saved plan.
func Summarize(saved *tfjson.Plan) PlanSummary {
	summary := PlanSummary{Components: []ComponentPlan{}}
	counts := map[PlanAction]int{}
	byComponent := map[string][]ResourcePlan{}
	for _, r := range saved.ResourceChanges {
		action := planAction(r)
		if action == "" || r.Mode == tfjson.DataResourceMode {
			continue
		}
		counts[action]++
		component := componentOfModule(r.ModuleAddress)
		byComponent[component] = append(byComponent[component], resourcePlan(r, action))
	}
	summary.Destroy, summary.Replace, summary.Change = counts[Destroy], counts[Replace], counts[Change]
	summary.Add, summary.Import = counts[Add], counts[Import]
	for _, component := range slices.Sorted(maps.Keys(byComponent)) {
		changes := byComponent[component]
		slices.SortStableFunc(changes, func(a, b ResourcePlan) int {
			return cmp.Or(cmp.Compare(rank(a.Action), rank(b.Action)), strings.Compare(a.Address, b.Address))
		})
		summary.Components = append(summary.Components, ComponentPlan{Component: component, Changes: changes})
	}
	slices.SortStableFunc(summary.Components, func(a, b ComponentPlan) int {
		return cmp.Compare(rank(a.Changes[0].Action), rank(b.Changes[0].Action))
	})
	for _, name := range slices.Sorted(maps.Keys(saved.OutputChanges)) {
		if !saved.OutputChanges[name].Actions.NoOp() {
			summary.Outputs = append(summary.Outputs, name)
		}
	}
	return summary
}

// masked hides what Terraform does not know to be a secret.
func (p PlanSummary) masked(mask func(string) string) PlanSummary {
	made := p
	made.Components = make([]ComponentPlan, len(p.Components))
	for i, c := range p.Components {
		made.Components[i] = ComponentPlan{Component: c.Component, Changes: slices.Clone(c.Changes)}
		for j, r := range c.Changes {
			attributes := slices.Clone(r.Attributes)
			for k, a := range attributes {
				attributes[k] = AttributeChange{Path: mask(a.Path), Before: mask(a.Before), After: mask(a.After)}
			}
			made.Components[i].Changes[j].Attributes = attributes
		}
	}
	return made
}

func rank(a PlanAction) int { return slices.Index(planActions, a) }

func planAction(r *tfjson.ResourceChange) PlanAction {
	actions := r.Change.Actions
	switch {
	case actions.Delete():
		return Destroy
	case actions.Replace():
		return Replace
	case actions.Forget():
		return Forget
	case r.Change.Importing != nil:
		return Import
	case actions.Update():
		return Change
	case actions.Create():
		return Add
	case r.PreviousAddress != "" && r.PreviousAddress != r.Address:
		return Move
	default:
		return ""
	}
}

// componentOfModule reads the address of a component's module: module.function_user
// is function.user. What is in no module belongs to the root.
func componentOfModule(module string) string {
	if module == "" {
		return "root"
	}
	return strings.Replace(strings.TrimPrefix(module, "module."), "_", ".", 1)
}

// reasons are Terraform's words on why, where the attributes do not say it.
var reasons = map[tfjson.ActionReason]string{
	tfjson.ActionReasonReplaceBecauseTainted:         "it is tainted: an apply was cut off when it was made",
	tfjson.ActionReasonReplaceByRequest:              "it was asked for",
	tfjson.ActionReasonReplaceByTriggers:             "something that it follows changes",
	tfjson.ActionReasonDeleteBecauseNoResourceConfig: "the configuration has it no more",
	tfjson.ActionReasonDeleteBecauseWrongRepetition:  "the configuration has it no more",
	tfjson.ActionReasonDeleteBecauseCountIndex:       "the configuration has it no more",
	tfjson.ActionReasonDeleteBecauseEachKey:          "the configuration has it no more",
	tfjson.ActionReasonDeleteBecauseNoModule:         "the configuration has its component no more",
	tfjson.ActionReasonDeleteBecauseNoMoveTarget:     "the configuration has it no more",
	tfjson.ActionReasonReplaceBecauseCannotUpdate:    "",
	tfjson.ActionReasonReadBecauseConfigUnknown:      "",
	tfjson.ActionReasonReadBecauseDependencyPending:  "",
	tfjson.ActionReasonReadBecauseCheckNested:        "",
}

func resourcePlan(r *tfjson.ResourceChange, action PlanAction) ResourcePlan {
	made := ResourcePlan{
		// The component is said above it.
		Address: strings.TrimPrefix(r.Address, r.ModuleAddress+"."), Action: action, Reason: reasons[r.ActionReason],
	}
	if r.Change.Importing != nil {
		made.ImportID = r.Change.Importing.ID
	}
	for _, path := range r.Change.ReplacePaths {
		made.ForcedBy = append(made.ForcedBy, terraform.AttributePath(path))
	}
	if action == Change || action == Replace || action == Import {
		made.Attributes = attributeChanges(r.Change)
	}
	return made
}

// counts says how many resources are destroyed, replaced, changed and added, without
// the zeros.
func (p PlanSummary) counts() string {
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{{p.Destroy, "destroy"}, {p.Replace, "replace"}, {p.Change, "change"}, {p.Import, "import"}, {p.Add, "add"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", part.n, part.text))
		}
	}
	if len(parts) == 0 && p.Changes() {
		return "only outputs and addresses change"
	}
	if len(parts) == 0 {
		return "no changes"
	}
	return strings.Join(parts, ", ")
}

// signs stand before a line, as Terraform's do.
var signs = map[PlanAction]string{Destroy: "-", Replace: "±", Forget: ".", Change: "~", Import: "=", Move: ">", Add: "+"}

// text is the summary for a terminal.
func (p PlanSummary) text(target string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", target, p.counts())
	for _, c := range p.Components {
		fmt.Fprintf(&b, "\n  %s\n", c.Component)
		var added []string
		for _, r := range c.Changes {
			if r.Action == Add {
				added = append(added, r.Address)
				continue
			}
			fmt.Fprintf(&b, "    %s %-8s %s%s\n", signs[r.Action], r.Action, r.Address, r.why())
			shown, more := r.shown()
			for _, a := range shown {
				fmt.Fprintf(&b, "        %s: %s → %s\n", a.Path, a.Before, a.After)
			}
			if more > 0 {
				fmt.Fprintf(&b, "        and %s more\n", plural(more, "attribute"))
			}
		}
		if len(added) > 0 {
			fmt.Fprintf(&b, "    %s %-8s %s\n", signs[Add], fmt.Sprintf("add %d", len(added)), strings.Join(added, ", "))
		}
	}
	if len(p.Outputs) > 0 {
		fmt.Fprintf(&b, "\n  outputs that change: %s\n", strings.Join(p.Outputs, ", "))
	}
	return b.String()
}

// why says what makes Terraform do it.
func (r ResourcePlan) why() string {
	switch {
	case len(r.ForcedBy) > 0:
		return ": forced by " + strings.Join(r.ForcedBy, ", ")
	case r.ImportID != "":
		return ": stands as " + r.ImportID
	case r.Reason != "":
		return ": " + r.Reason
	default:
		return ""
	}
}

// maxAttributes is how many changed attributes of a resource a reviewer is shown.
const maxAttributes = 8

// shown are the attributes that fit, those that force a replacement first.
func (r ResourcePlan) shown() (shown []AttributeChange, more int) {
	shown = slices.Clone(r.Attributes)
	slices.SortStableFunc(shown, func(a, b AttributeChange) int { return cmp.Compare(r.after(a), r.after(b)) })
	if len(shown) > maxAttributes {
		return shown[:maxAttributes], len(shown) - maxAttributes
	}
	return shown, 0
}

// after is where an attribute stands: what nobody knows yet says the least.
func (r ResourcePlan) after(a AttributeChange) int {
	switch {
	case slices.Contains(r.ForcedBy, a.Path):
		return 0
	case a.After != unknownValue:
		return 1
	default:
		return 2
	}
}

package environment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

func (c checker) checkFunction(block functionBlock, f Function) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	c.label("function", f.Label, block.LabelRange)
	c.length(f.RoleName, "Its role", labelled{f.Label, block.LabelRange})
	c.folder(f.Package, "Packages", where("package"))
	c.oneOf(f.Runtime, runtimes, "runtime", where("runtime"))
	c.oneOf(f.Architecture, architectures, "architecture", where("architecture"))
	c.between(f.MemoryMB, 128, 10240, "MB", where("memory_mb"))
	c.between(f.TimeoutS, 1, 900, "seconds", where("timeout_s"))
	c.between(f.EphemeralStorageMB, 512, 10240, "MB", where("ephemeral_storage_mb"))
	if f.ReservedConcurrency != nil && *f.ReservedConcurrency < 0 {
		c.report(mistake(where("reserved_concurrency"), "Out of range", "%d is not a number of invocations: 0 or more; leave the attribute out to reserve none.", *f.ReservedConcurrency))
	}
	if !slices.Contains(retentionDays, f.LogRetentionDays) {
		c.report(mistake(where("log_retention_days"), "Not a retention that CloudWatch Logs has",
			"%d is not; these are: %s.", f.LogRetentionDays, strings.Trim(fmt.Sprint(retentionDays), "[]")))
	}
	c.description(f.Description, where("description"))
	c.checkHandler(block, f)
	c.checkURL(block, f)
	c.checkSnapStart(block, f)
	c.checkLayers(block, f)
	c.checkVariables(block, f)
	c.checkReferred(f.Settings, block.LabelRange)
	c.checkAccess(block)
}

// checkHandler wants a handler of its own where the runtime is no custom one: a
// custom one is started by the file bootstrap, whatever the handler is called.
func (c checker) checkHandler(block functionBlock, f Function) {
	where := at(block.Body, "handler", block.LabelRange)
	python := strings.HasPrefix(f.Runtime, "python")
	switch {
	case python && block.Handler == nil:
		c.report(mistake(where, "No handler", "Say where function.%s begins: handler = \"module.function\".", f.Label))
	case !handlerPattern.MatchString(f.Handler):
		c.report(mistake(where, "Not a handler", "%q is not: up to 128 characters without a space.", f.Handler))
	case python && !strings.Contains(f.Handler, "."):
		c.report(mistake(where, "Not a handler", "%q is not one of Python: write module.function.", f.Handler))
	}
}

func (c checker) checkURL(block functionBlock, f Function) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	switch {
	case f.Health != "" && !f.Public:
		c.report(mistake(where("health"), "Health without a URL", "function.%s has no URL to ask: set public = true, or leave health out.", f.Label))
	case f.Health != "" && !healthPattern.MatchString(f.Health):
		c.report(mistake(where("health"), "Not a path", "%q is not: write a path such as /info/health.", f.Health))
	}
	if len(block.CORS) > 0 && !c.hasURL(f) {
		c.report(mistake(block.LabelRange, "CORS without a URL", "function.%s has no URL for browsers to call: set public = true, or leave cors out.", f.Label))
	}
	c.checkCORS(block.CORS, f.CORS, urlMethods, block.LabelRange)
}

func (c checker) checkSnapStart(block functionBlock, f Function) {
	if !f.SnapStart {
		return
	}
	where := at(block.Body, "snap_start", block.LabelRange)
	if !slices.Contains(snapStartRuntimes, f.Runtime) && slices.Contains(runtimes, f.Runtime) {
		c.report(mistake(where, "No SnapStart", "Lambda takes snapshots of %s, not of %s.", strings.Join(snapStartRuntimes, " and "), f.Runtime))
	}
	if f.EphemeralStorageMB > snapStartStorageMB {
		c.report(mistake(where, "No SnapStart", "With it, /tmp has %d MB; function.%s asks for %d.", snapStartStorageMB, f.Label, f.EphemeralStorageMB))
	}
}

func (c checker) checkLayers(block functionBlock, f Function) {
	where := at(block.Body, "layers", block.LabelRange)
	if len(f.Layers) > maxLayers {
		c.report(mistake(where, "Too many layers", "A function takes %d; these are %d.", maxLayers, len(f.Layers)))
	}
	for i, label := range f.Layers {
		layer := c.target.Layer(label)
		if slices.Contains(f.Layers[:i], label) {
			c.report(mistake(where, "Written twice", "layer.%s is there twice.", label))
		}
		known := func(runtime string) bool { return slices.Contains(runtimes, runtime) }
		if known(f.Runtime) && slices.ContainsFunc(layer.Runtimes, known) && !slices.Contains(layer.Runtimes, f.Runtime) {
			c.report(mistake(where, "Layer for another runtime", "layer.%s is for %s; function.%s runs %s.", label, listOr(layer.Runtimes, "none"), f.Label, f.Runtime))
		}
	}
}

func (c checker) checkVariables(block functionBlock, f Function) {
	size := 0
	names := map[string]bool{}
	for _, setting := range f.Settings {
		size += len(setting.Name) + len(setting.Value.String())
	}
	for _, free := range slices.Concat(block.Environment, block.Secrets, block.Parameters) {
		for _, a := range free.Attributes {
			switch {
			case slices.Contains(reservedVariables, a.Name):
				c.report(mistake(a.NameRange, "Reserved variable", "Lambda sets %s itself.", a.Name))
			case !variablePattern.MatchString(a.Name):
				c.report(mistake(a.NameRange, "Not a variable name", "%q is not: letters, digits and _, starting with a letter, two characters at least.", a.Name))
			case names[a.Name]:
				c.report(mistake(a.NameRange, "Written twice", "function.%s has a variable %s in another block already.", f.Label, a.Name))
			}
			names[a.Name] = true
		}
	}
	if size > maxVariablesBytes {
		where := block.LabelRange
		if len(block.Environment) > 0 {
			where = block.Environment[0].Range
		}
		c.report(mistake(where, "Environment too large", "Names and values have %d bytes; Lambda takes %d.", size, maxVariablesBytes))
	}
}

func (c checker) checkAccess(block functionBlock) {
	var labels []string
	for _, b := range c.target.Buckets {
		labels = append(labels, b.Label)
	}
	for _, free := range block.Access {
		for name, a := range free.Attributes {
			c.oneOf(name, labels, "bucket", a.NameRange)
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() && v.Type().FriendlyName() == "string" && v.IsKnown() && !v.IsNull() {
				c.oneOf(v.AsString(), accessModes, "access", a.Expr.Range())
				continue
			}
			c.report(mistake(a.Expr.Range(), "Not an access", "Write one of: %s.", strings.Join(accessModes, ", ")))
		}
	}
}

package standin

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// kind is a resource type: its schema and its operations on the service clients
// of the resource's region. What all types have in common is added by resource.
type kind struct {
	// title is the type in error messages, for example "S3 Bucket".
	title string
	// attributes is the schema without region, tags and tags_all.
	attributes map[string]*schema.Schema
	// global types have no region argument, as those of IAM.
	global bool
	// tagged types have tags and tags_all.
	tagged bool
	// refused maps arguments that the registry provider takes and the stand-in
	// does not, to what to use in their place.
	refused  map[string]string
	timeouts *schema.ResourceTimeout

	// create sets the id as soon as there is something to delete. A read follows.
	create operation
	// read sets every attribute, or returns an error for which isGone holds.
	read operation
	// update is nil when every change replaces the resource. A read follows.
	update operation
	// remove ends when AWS no longer has it. An error for which isGone holds is
	// as good.
	remove operation
	// diff adjusts the plan; it may be nil.
	diff func(*schema.ResourceDiff, *clients) error
	// adopt prepares a resource for its first read from the id that an import was
	// given; nil takes the id as it is.
	adopt func(d *schema.ResourceData) error
}

// operation does one thing to one resource.
type operation func(ctx context.Context, d *schema.ResourceData, c *clients) error

// appearance is how long a new resource may take until it can be read.
const appearance = 2 * time.Minute

func (k kind) resource(name string, logger *slog.Logger) *schema.Resource {
	attributes := maps.Clone(k.attributes)
	if !k.global {
		attributes["region"] = forceNew(optionalComputedString())
	}
	if k.tagged {
		attributes["tags"] = stringMap()
		attributes["tags_all"] = computed(stringMap())
	}
	bound := boundKind{kind: k, logger: logger.With("type", name)}
	r := &schema.Resource{
		Schema:        attributes,
		Timeouts:      k.timeouts,
		CreateContext: bound.createContext,
		ReadContext:   bound.readContext,
		DeleteContext: bound.deleteContext,
		CustomizeDiff: bound.customizeDiff,
		Importer:      &schema.ResourceImporter{StateContext: bound.importState},
	}
	if k.update != nil {
		r.UpdateContext = bound.updateContext
	}
	return r
}

// boundKind is a kind as the plugin SDK calls it.
type boundKind struct {
	kind

	logger *slog.Logger
}

// clients returns the clients for the region that a resource is in.
func (k boundKind) clients(d interface{ Get(string) any }, meta any) *clients {
	if k.global {
		return meta.(*cloud).in("")
	}
	return meta.(*cloud).in(d.Get("region").(string))
}

func (k boundKind) createContext(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := k.clients(d, meta)
	defer k.log(ctx, d, "create", time.Now())
	if err := k.create(ctx, d, c); err != nil {
		return k.failed("creating", d, err)
	}
	err := until(ctx, appearance, isGone, func(ctx context.Context) error { return k.readAll(ctx, d, c) })
	if err != nil {
		return k.failed("reading", d, err)
	}
	return nil
}

func (k boundKind) readContext(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	defer k.log(ctx, d, "read", time.Now())
	err := k.readAll(ctx, d, k.clients(d, meta))
	if isGone(err) {
		k.logger.WarnContext(ctx, "no longer there, leaves the state", "id", d.Id())
		d.SetId("")
		return nil
	}
	if err != nil {
		return k.failed("reading", d, err)
	}
	return nil
}

func (k boundKind) updateContext(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := k.clients(d, meta)
	defer k.log(ctx, d, "update", time.Now())
	if err := k.update(ctx, d, c); err != nil {
		// What was planned must not reach the state, or the next plan would miss
		// what AWS did not take.
		d.Partial(true)
		return k.failed("updating", d, err)
	}
	if err := k.readAll(ctx, d, c); err != nil {
		return k.failed("reading", d, err)
	}
	return nil
}

func (k boundKind) deleteContext(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	defer k.log(ctx, d, "delete", time.Now())
	if err := k.remove(ctx, d, k.clients(d, meta)); err != nil && !isGone(err) {
		return k.failed("deleting", d, err)
	}
	return nil
}

func (k boundKind) readAll(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if err := k.read(ctx, d, c); err != nil {
		return err
	}
	if k.global {
		return nil
	}
	return d.Set("region", c.region)
}

// customizeDiff plans the region and the tags that the provider's configuration
// adds, before it lets the type have its say.
func (k boundKind) customizeDiff(_ context.Context, d *schema.ResourceDiff, meta any) error {
	config := d.GetRawConfig()
	for _, argument := range slices.Sorted(maps.Keys(k.refused)) {
		if given(config, argument) {
			return fmt.Errorf("the stand-in provider does not take %s: %s", argument, k.refused[argument])
		}
	}
	c := meta.(*cloud)
	if !k.global && !given(config, "region") {
		// A state without a region was written by a provider before 6.0.
		if planned := d.Get("region").(string); d.Id() == "" || planned != "" && planned != c.settings.region {
			if err := d.SetNew("region", c.settings.region); err != nil {
				return fmt.Errorf("plan region: %w", err)
			}
		}
	}
	if k.tagged {
		if err := c.settings.tags.plan(d); err != nil {
			return err
		}
	}
	if k.diff == nil {
		return nil
	}
	return k.diff(d, k.clients(d, meta))
}

// importState takes the ids of the registry provider; id@region names another
// region than the provider's.
func (k boundKind) importState(_ context.Context, d *schema.ResourceData, meta any) ([]*schema.ResourceData, error) {
	if !k.global {
		region := meta.(*cloud).settings.region
		if id, suffix, found := cutLast(d.Id(), "@"); found && regionDescription(suffix) != "" {
			d.SetId(id)
			region = suffix
		}
		if err := d.Set("region", region); err != nil {
			return nil, fmt.Errorf("import %s: %w", k.title, err)
		}
	}
	// Arguments that AWS does not know start from their defaults, as a plan would.
	for name, attribute := range k.attributes {
		if attribute.Default != nil {
			if err := d.Set(name, attribute.Default); err != nil {
				return nil, fmt.Errorf("import %s: %w", k.title, err)
			}
		}
	}
	if k.adopt != nil {
		if err := k.adopt(d); err != nil {
			return nil, fmt.Errorf("import %s %q: %w", k.title, d.Id(), err)
		}
	}
	return []*schema.ResourceData{d}, nil
}

func (k boundKind) failed(doing string, d *schema.ResourceData, err error) diag.Diagnostics {
	if d.Id() == "" {
		return diag.Errorf("%s %s: %s", doing, k.title, err)
	}
	return diag.Errorf("%s %s (%s): %s", doing, k.title, d.Id(), err)
}

func (k boundKind) log(ctx context.Context, d *schema.ResourceData, doing string, started time.Time) {
	k.logger.DebugContext(ctx, doing, "id", d.Id(), "took", time.Since(started))
}

func cutLast(s, separator string) (before, after string, found bool) {
	if at := strings.LastIndex(s, separator); at >= 0 {
		return s[:at], s[at+len(separator):], true
	}
	return s, "", false
}

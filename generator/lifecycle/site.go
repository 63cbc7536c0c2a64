package lifecycle

import (
	"context"
	"fmt"

	"sendform/generator/environment"
	"sendform/generator/site"
)

// Site is what a distribution serves from its bucket of static files. The distribution
// must stand.
func (d *Deployment) Site(ctx context.Context, x environment.Distribution) (site.Site, error) {
	id, err := d.observer.distributionID(ctx, x.Name)
	if isGone(err) {
		t := d.cfg.Target
		return site.Site{}, fmt.Errorf("distribution %s does not stand yet: sendform apply %s --region %s makes it", x.Name, t.Environment, t.Region)
	}
	if err != nil {
		return site.Site{}, fmt.Errorf("find distribution %s: %w", x.Name, err)
	}
	return site.New(d.cfg.AWS, site.Place{
		Bucket: d.cfg.Target.Bucket(x.Static).Name, Distribution: id, DefaultRootObject: x.DefaultRootObject,
	}), nil
}

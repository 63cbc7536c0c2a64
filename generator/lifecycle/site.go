package lifecycle

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sendform/generator/components"
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

// sites are the distributions that a round trip publishes the sites of: those whose
// buckets it can delete afterwards.
func (d *Deployment) sites() []environment.Distribution {
	return slices.DeleteFunc(slices.Clone(d.cfg.Target.Distributions), func(x environment.Distribution) bool {
		return x.Site == "" || !d.cfg.Target.Bucket(x.Static).DeleteWithContents
	})
}

// publish publishes them, each as a release that is named by its content.
func (d *Deployment) publish(ctx context.Context) (string, error) {
	var texts []string
	for _, x := range d.sites() {
		address := components.Address{Kind: components.CDNKind, Name: x.Label}
		folder, err := site.ReadFolder(filepath.Join(d.cfg.Repository, filepath.FromSlash(x.Site)))
		if err != nil {
			return "", fmt.Errorf("%s: %w", address, err)
		}
		s, err := d.Site(ctx, x)
		if err != nil {
			return "", err
		}
		published, err := s.Publish(ctx, folder, folder.Name())
		if err != nil {
			return "", fmt.Errorf("%s: %w", address, err)
		}
		texts = append(texts, published.String())
	}
	return strings.Join(texts, "; "), nil
}

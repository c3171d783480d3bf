package lambda

import (
	"math"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// ListLayerVersionsInput asks for the versions of a layer that go with a runtime
// and an architecture (lambda.md, 2.9).
type ListLayerVersionsInput struct {
	CompatibleRuntime      *string `json:"CompatibleRuntime"`
	LayerName              *string `json:"LayerName"`
	Marker                 *string `json:"Marker"`
	MaxItems               *int64  `json:"MaxItems"`
	CompatibleArchitecture *string `json:"CompatibleArchitecture"`
}

// ListLayerVersionsOutput is a page of versions, the newest first.
type ListLayerVersionsOutput struct {
	NextMarker    string                  `json:"NextMarker,omitempty"`
	LayerVersions []LayerVersionsListItem `json:"LayerVersions"`
}

// LayerVersionsListItem is a version of a layer in a list, which does not tell of
// its content.
type LayerVersionsListItem struct {
	LayerVersionArn         string   `json:"LayerVersionArn"`
	Version                 int64    `json:"Version"`
	Description             string   `json:"Description"`
	CreatedDate             string   `json:"CreatedDate"`
	CompatibleRuntimes      []string `json:"CompatibleRuntimes,omitzero"`
	CompatibleArchitectures []string `json:"CompatibleArchitectures,omitzero"`
	LicenseInfo             string   `json:"LicenseInfo,omitempty"`
}

func listedLayer(v *function.LayerVersion) LayerVersionsListItem {
	return LayerVersionsListItem{
		LayerVersionArn: v.Ref.VersionARN(), Version: v.Ref.Number, Description: v.Description, CreatedDate: v.Created.UTC().Format(timeFormat),
		CompatibleRuntimes: v.Runtimes, CompatibleArchitectures: v.Architectures, LicenseInfo: v.License,
	}
}

func (s *Service) listLayerVersions(c *call, in *ListLayerVersionsInput) (*ListLayerVersionsOutput, error) {
	ref := function.ParseLayer(*in.LayerName, c.Caller.Account, c.Caller.Region)
	if err := c.authorize(nothingNamed(ref.Account)); err != nil {
		return nil, err
	}
	query := door.Query("ListLayerVersions", ref.ARN(), text(in.CompatibleRuntime), text(in.CompatibleArchitecture))
	below := int64(math.MaxInt64)
	if err := s.openMarker(in.Marker, query, &below); err != nil {
		return nil, err
	}
	size := pageSize(in.MaxItems)
	return door.View(c, func(tx *store.Tx) (*ListLayerVersionsOutput, error) {
		out := &ListLayerVersionsOutput{LayerVersions: []LayerVersionsListItem{}}
		if ref.Region != c.Caller.Region {
			return out, nil
		}
		found, err := matching(tx, ref, text(in.CompatibleRuntime), text(in.CompatibleArchitecture), below, size+1)
		for i, v := range found {
			if i == size {
				out.NextMarker = door.SealPlace(s.Pages, query, found[i-1].Ref.Number)
				break
			}
			out.LayerVersions = append(out.LayerVersions, listedLayer(v))
		}
		return out, err
	})
}

// matching finds the newest versions of a layer that go with a runtime and an
// architecture: at most limit, with numbers below one.
func matching(tx *store.Tx, ref function.LayerRef, runtime, architecture string, below int64, limit int) (out []*function.LayerVersion, err error) {
	for {
		page, err := tx.LayerVersions(ref, below, maxPage)
		if err != nil {
			return nil, err
		}
		for _, v := range page {
			if v.Matches(runtime, architecture) {
				out = append(out, v)
			}
			if len(out) == limit {
				return out, nil
			}
		}
		if len(page) < maxPage {
			return out, nil
		}
		below = page[len(page)-1].Ref.Number
	}
}

// ListLayersInput asks for the layers that go with a runtime and an architecture.
type ListLayersInput struct {
	CompatibleRuntime      *string `json:"CompatibleRuntime"`
	Marker                 *string `json:"Marker"`
	MaxItems               *int64  `json:"MaxItems"`
	CompatibleArchitecture *string `json:"CompatibleArchitecture"`
}

// ListLayersOutput is a page of layers by name.
type ListLayersOutput struct {
	NextMarker string           `json:"NextMarker,omitempty"`
	Layers     []LayersListItem `json:"Layers"`
}

// LayersListItem is a layer with the newest version that matches.
type LayersListItem struct {
	LayerName             string                `json:"LayerName"`
	LayerArn              string                `json:"LayerArn"`
	LatestMatchingVersion LayerVersionsListItem `json:"LatestMatchingVersion"`
}

func (s *Service) listLayers(c *call, in *ListLayersInput) (*ListLayersOutput, error) {
	if err := c.authorize(nothingNamed(c.Caller.Account)); err != nil {
		return nil, err
	}
	query := door.Query("ListLayers", c.Caller.Account, c.Caller.Region, text(in.CompatibleRuntime), text(in.CompatibleArchitecture))
	var after string
	if err := s.openMarker(in.Marker, query, &after); err != nil {
		return nil, err
	}
	size := pageSize(in.MaxItems)
	return door.View(c, func(tx *store.Tx) (*ListLayersOutput, error) {
		found, err := in.find(tx, c, after, size+1)
		if err != nil {
			return nil, err
		}
		out := &ListLayersOutput{Layers: found}
		if len(found) > size {
			out.Layers = found[:size]
			out.NextMarker = door.SealPlace(s.Pages, query, found[size-1].LayerName)
		}
		return out, nil
	})
}

// find gathers layers after a name, at most limit.
func (in *ListLayersInput) find(tx *store.Tx, c *call, after string, limit int) ([]LayersListItem, error) {
	out := []LayersListItem{}
	for {
		names, err := tx.Layers(c.Caller.Account, c.Caller.Region, after, maxPage)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			ref := function.LayerRef{Region: c.Caller.Region, Account: c.Caller.Account, Name: name}
			found, err := matching(tx, ref, text(in.CompatibleRuntime), text(in.CompatibleArchitecture), math.MaxInt64, 1)
			if err != nil {
				return nil, err
			}
			for _, v := range found {
				out = append(out, LayersListItem{name, ref.ARN(), listedLayer(v)})
			}
			if len(out) == limit {
				return out, nil
			}
		}
		if len(names) < maxPage {
			return out, nil
		}
		after = names[len(names)-1]
	}
}

package lambda

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// layers finds the layers that a function is to have. The caller must be allowed
// to use each.
func (s *Service) layers(tx *store.Tx, c *call, arns []string) ([]function.Layer, error) {
	refs, err := function.ReadLayers(arns, c.Caller.Region)
	if err != nil {
		return nil, err
	}
	out := make([]function.Layer, 0, len(refs))
	for _, ref := range refs {
		if err := s.mayUseLayer(tx, c, ref); err != nil {
			return nil, err
		}
		code, there, err := tx.LayerCode(ref)
		if err != nil {
			return nil, err
		}
		if !there {
			return nil, fault.New(fault.InvalidParameter, "Layer version %s does not exist.", ref.VersionARN())
		}
		out = append(out, function.Layer{ARN: ref.VersionARN(), Code: code})
	}
	return out, nil
}

func (s *Service) mayUseLayer(tx *store.Tx, c *call, ref function.LayerRef) error {
	t, err := s.layerTarget(tx, ref)
	if err != nil {
		return err
	}
	return c.may("lambda:GetLayerVersion", t)
}

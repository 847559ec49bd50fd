import torch

from training.shape import WygptShape
from training.torch.optimizer import Muon, build_optimizers, orthogonalize
from training.torch.wygpt import Wygpt


def test_orthogonalize_brings_singular_values_near_one():
    torch.manual_seed(1)

    for shape in ((3, 16, 16), (2, 32, 8), (2, 8, 32)):
        values = torch.linalg.svdvals(orthogonalize(torch.randn(shape)))

        # The coefficients trade exactness for speed: published bounds are about 0.7 to 1.2.
        assert float(values.min()) > 0.3
        assert float(values.max()) < 1.3


def test_orthogonalize_keeps_the_singular_directions():
    torch.manual_seed(2)
    matrix = torch.randn(1, 12, 12)
    u, _, v = torch.linalg.svd(matrix)

    rotated = u.mT @ orthogonalize(matrix) @ v.mT

    off_diagonal = rotated - torch.diag_embed(torch.diagonal(rotated, dim1=-2, dim2=-1))
    assert float(off_diagonal.abs().max()) < 1e-3


def test_muon_moves_every_matrix_by_a_step_of_known_size():
    torch.manual_seed(3)
    matrix = torch.nn.Parameter(torch.zeros(8, 8))
    matrix.grad = torch.randn(8, 8)

    Muon([matrix], lr=0.1).step()

    values = torch.linalg.svdvals(matrix.detach())
    assert 0.03 < float(values.min()) <= float(values.max()) < 0.13


def test_biases_and_head_are_not_given_to_muon():
    model = Wygpt(WygptShape(width=8, layers=2, heads=2, context=16))

    muon, adam = build_optimizers(model, muon_lr=0.02, adam_lr=0.003, weight_decay=0.0)

    rest = {id(p) for p in adam.param_groups[0]["params"]}
    names = {name for name, p in model.named_parameters() if id(p) in rest}
    assert names == {"blocks.0.b.pe", "blocks.1.b.pe", "head"}
    assert len(muon.param_groups[0]["params"]) == 12

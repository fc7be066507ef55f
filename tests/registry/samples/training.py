"""Samples of the ops that optimizers run; all change variables."""

from tests.registry.sample import Sample

NOTE = "changes variables; see tests/train/test_update_rules.py"
ALSO_ROWS = """
Adadelta Adagrad AdagradDA CenteredRMSProp Ftrl FtrlV2 Momentum ProximalAdagrad
ProximalGradientDescent RMSProp
""".split()
ONLY_WHOLE = "AdaMax Adam AddSign GradientDescent PowerSign".split()
SAMPLES = [
    Sample(f"{kind}{part}Apply{rule}", run=False, note=NOTE)
    for kind in ("", "Resource")
    for part, rules in (("", ALSO_ROWS + ONLY_WHOLE), ("Sparse", ALSO_ROWS))
    for rule in rules
]

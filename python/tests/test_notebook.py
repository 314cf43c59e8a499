"""The notebook runs, and shows what it showed."""

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

NOTEBOOK = ROOT / "examples" / "notebook.ipynb"


def printed(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.text for output in outputs if output.get("name") == "stdout"]


@pytest.mark.filterwarnings("default")
def test_the_notebook_runs():
    shown = nbformat.read(NOTEBOOK, as_version=4)
    fresh = nbformat.read(NOTEBOOK, as_version=4)
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(fresh, timeout=600, resources=resources).execute()
    before, now = "".join(printed(shown)), "".join(printed(fresh))
    pictures = [o for cell in fresh.cells for o in cell.get("outputs", []) if "data" in o]
    assert len(pictures) == 4
    kept = [o for cell in shown.cells for o in cell.get("outputs", [])]
    assert not [o for o in kept if o.get("name") == "stderr" or o.output_type == "error"]

    def tables(text):
        return [line.split() for line in text.splitlines() if line.startswith("mean")]

    # In tenths of a decibel: other processors round differently in librosa.
    for old, new in zip(tables(before), tables(now), strict=True):
        for a, b in zip(old[1:], new[1:], strict=True):
            assert float(a) == pytest.approx(float(b), abs=0.11)
    assert tables(now)[2][1] == "8.7"

"""The corpus's page counts what is there."""

from models.data import Corpus
from models.statistics import page
from tests.models.makings import corpus_of


def test_the_page_counts_pieces_and_notes_of_every_set_that_is_there(tmp_path):
    corpus = Corpus(corpus_of(tmp_path))
    told = page(corpus)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in told.splitlines() if line.startswith("| ")][2:]
    assert {row[0] for row in rows} == {name.split("/")[0] for name in corpus.names}
    assert sum(int(row[3]) for row in rows) == len(corpus)
    assert sum(int(row[7]) for row in rows) == sum(corpus.note_count(index) for index in range(len(corpus)))

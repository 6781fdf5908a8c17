"""A report of one scan on paper: what it says, its pictures, and the page as HTML or PDF.

`content` and `authorship` are pure; `pictures`, `page`, `pdf` and `writing` may run in a worker,
for they draw on images and paper, never on a widget.
"""

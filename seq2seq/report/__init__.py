"""Reports for people: pages that need nothing but a browser, charts, and tables to paste.

tables     one table, as text, Markdown, LaTeX
charts     curves, bars, histograms and heat maps, as SVG that follows the page's colours and as PNG
page       a page in one file: no scripts, nothing from elsewhere
systems    translations on a test set: scores, where they come from, sentences
runs       training runs: curves, figures, configurations, samples
sentence   how one sentence was translated
"""

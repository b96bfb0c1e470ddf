"""All that draws with Streamlit: the frame (``shell``), one script for each page, their pieces (``ui``)."""

"""Everything behind the pages: sessions, their workers, and the rules of use. Never imports Streamlit."""
